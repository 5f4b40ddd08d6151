import { cp } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { run, workshop, type Files } from './fixture.ts'

function native(name: string, manifest: object, files: Files = {}): Files {
  const all: Record<string, string> = {
    'package.json': JSON.stringify({ name, version: '4.5.6', main: 'index.cjs', ...manifest }),
    'index.cjs': `console.log('${name} is evaluated'); exports.name = '${name}'; require('./parts.cjs')`,
    'parts.cjs': `try { require('@parts/linux-x64/binding.node') } catch {}`,
    ...files,
  }
  return Object.fromEntries(Object.entries(all).map(([path, text]) => [`node_modules/${name}/${path}`, text]))
}

test.each<[why: string, files: Files]>([
  [
    'a .node file',
    native('package', {}, { 'parts.cjs': `try { require('./build/it.node') } catch {}`, 'build/it.node': '\u007fELF' }),
  ],
  ['binding.gyp', native('package', {}, { 'binding.gyp': '{}' })],
  ['gypfile', native('package', { gypfile: true })],
  ['prebuilds', native('package', {}, { 'prebuilds/linux-x64/it.node': '' })],
  [
    'packages for platforms',
    native('package', { optionalDependencies: { '@parts/linux-x64': '4.5.6', '@parts/darwin-arm64': '4.5.6' } }),
  ],
])('a package with %s stays an import and is reported with its version', async (_why, files) => {
  const { bundle, project } = await workshop({
    ...files,
    // By an import and by require(), in the project and in a package that is bundled.
    'pipeline.ts': `import { name } from 'package'\nimport wrapper from 'wrapper'\nexport const run = async () => [name, await wrapper()]`,
    'node_modules/wrapper/package.json': '{ "name": "wrapper", "version": "1.0.0" }',
    'node_modules/wrapper/index.js': `module.exports = async () => require('package').name + (await import('package')).default.name`,
    // On this machine only; it is none of the bundle's.
    'node_modules/@parts/linux-x64/package.json': '{ "name": "@parts/linux-x64", "version": "4.5.6" }',
    'node_modules/@parts/linux-x64/binding.node': '\u007fELF',
  })
  const { path, nativePackages, modules } = await bundle('pipeline.ts')
  expect(nativePackages).toEqual({ package: '4.5.6' })
  expect([...modules.keys()]).toEqual(['node_modules/wrapper/index.js', 'pipeline.ts'])
  await cp(path, join(project, 'step.mjs'))
  expect((await run(join(project, 'step.mjs'))).stdout).toBe('parent: a-store an-operator\n')
  const { stdout } = await run(join(project, 'step.mjs'), '--load', '--call')
  expect(stdout).toContain("package is evaluated\nresult: [ 'package', 'packagepackage' ]")
})

test('a package that a step asks for is its own affair, native or not', async () => {
  const { bundle } = await workshop({ ...native('package', { gypfile: true }), 'pipeline.ts': `import 'package'` })
  expect((await bundle('pipeline.ts', { external: ['package'] })).nativePackages).toEqual({})
})

test('the version is the one that the project has, not one deeper down', async () => {
  const inner = native('package', { gypfile: true, version: '1.0.0' })
  const { bundle } = await workshop({
    ...native('package', { gypfile: true, version: '2.0.0' }),
    ...Object.fromEntries(Object.entries(inner).map(([path, text]) => [`node_modules/other/${path}`, text])),
    'node_modules/other/package.json': '{ "name": "other", "version": "1.0.0", "type": "module" }',
    'node_modules/other/index.js': `import 'package'`,
    'pipeline.ts': `import 'other'\nimport 'package'`,
  })
  expect((await bundle('pipeline.ts')).nativePackages).toEqual({ package: '2.0.0' })
})

test('a native file of the project’s own is refused', async () => {
  const { bundle } = await workshop({ 'pipeline.ts': `import './it.node'`, 'it.node': '\u007fELF' })
  await expect(bundle('pipeline.ts')).rejects.toMatchObject({
    code: 'BUNDLE_FAILED',
    kind: 'config',
    message: expect.stringContaining('it.node'),
  })
})

test('a CommonJS package that requires a module which must wait for a native one: what to do', async () => {
  const { bundle } = await workshop({
    ...native('package', { gypfile: true }),
    'node_modules/esm/package.json': '{ "name": "esm", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
    'node_modules/esm/index.js': `import { name } from 'package'\nexport { name }`,
    'node_modules/requirer/package.json': '{ "name": "requirer", "version": "1.0.0" }',
    'node_modules/requirer/index.js': `exports.esm = require('esm')`,
    'pipeline.ts': `import 'requirer'`,
  })
  await expect(bundle('pipeline.ts')).rejects.toMatchObject({
    code: 'BUNDLE_FAILED',
    kind: 'config',
    message: expect.stringContaining('node_modules/requirer/index.js:1:'),
    hint: expect.stringContaining('docker.requirements'),
  })
})
