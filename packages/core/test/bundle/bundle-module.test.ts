import { cp, readFile, readdir, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { sha256 } from '../../src/canonical.ts'
import { installed, run, temporaryFolder, workshop, type Files } from './fixture.ts'

const PIPELINE: Files = {
  'src/pipeline.ts': `
import { step } from '@sidestep/core'
import { double, Level } from './numbers.ts'
import { shared } from '@/shared.ts'
import tool from 'tool'
console.log('user module is evaluated')
export const train = step({ name: 'train' }, (input: number): number => double(input))
export const run = async (): Promise<unknown> => {
  const { late } = await import('./late.ts')
  return [train(21), Level.High, shared, tool.name, tool.folder() !== undefined, late, import.meta.main]
}
`,
  'src/numbers.ts': `
console.log('numbers are evaluated')
export enum Level { Low, High }
export const double = (input: number): number => 2 * input
`,
  'src/late.ts': `
console.log('late is evaluated')
export const late: string = 'late'
`,
  'lib/shared.ts': `export const shared: string = 'by a path of tsconfig'`,
  'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./lib/*"] } } }',
  'node_modules/tool/package.json': '{ "name": "tool", "version": "1.0.0" }',
  'node_modules/tool/index.js': `console.log('tool is evaluated'); exports.name = 'tool'; exports.folder = () => __dirname`,
  // Packages ship such files; they are none of ours.
  'node_modules/tool/tsconfig.json': '{ "extends": "./is-not-there.json" }',
}

/** Without what is remembered of them. */
async function bundlesIn(folder: string): Promise<string[]> {
  return (await readdir(join(folder, 'bundles'))).filter((name) => name.endsWith('.mjs'))
}

describe('the bundle', () => {
  test('is one file, named by its hash, that needs nothing beside it', async () => {
    const { bundle, folder } = await workshop(PIPELINE)
    const made = await bundle('src/pipeline.ts')
    const bytes = await readFile(made.path)
    expect(await bundlesIn(folder)).toEqual([`${made.sha256}.mjs`])
    expect(made.sha256).toBe(sha256(bytes))
    expect(made.size).toBe(bytes.length)
    expect(made.nativePackages).toEqual({})

    const alone = join(await temporaryFolder(), 'step.mjs')
    await cp(made.path, alone)
    const { stdout } = await run(alone, '--load', '--call')
    expect(stdout).toContain(`result: [ 42, 1, 'by a path of tsconfig', 'tool', true, 'late', false ]`)
  })

  test('evaluates none of the user’s code, and no package, before load()', async () => {
    const { bundle } = await workshop(PIPELINE)
    const { path } = await bundle('src/pipeline.ts')
    expect((await run(path)).stdout).toBe('parent: a-store an-operator\n')
    const loaded = (await run(path, '--load')).stdout
    expect(loaded).toContain('user module is evaluated')
    expect(loaded).toContain('numbers are evaluated')
    expect(loaded).not.toContain('late is evaluated')
  })

  test('is the same in every folder, of whatever name and depth', async () => {
    const index = "import { run } from './src/pipeline.ts'\nexport default run\nexport * from './src/pipeline.ts'\n"
    const first = await workshop({ ...PIPELINE, 'index.ts': index })
    const deep = join(await temporaryFolder(), 'a', 'quite different', 'place')
    const second = await workshop({ ...PIPELINE, 'index.ts': index }, deep)
    // The module in the project's own folder, which rolldown would name its variables after.
    for (const module of ['src/pipeline.ts', 'index.ts']) {
      const made = [await first.bundle(module), await first.bundle(module), await second.bundle(module)]
      expect(new Set(made.map((it) => it.sha256)).size).toBe(1)
      const text = await readFile(made[0]?.path ?? '', 'utf8')
      expect(text).not.toContain(basename(dirname(first.project)))
      expect((await run(made[0]?.path ?? '', '--load', '--call')).stdout).toContain('result: [ 42')
    }
    const renamed = join(await temporaryFolder(), 'renamed')
    await cp(first.project, renamed, { recursive: true })
    const { sha256: hash } = await first.bundle('index.ts', { module: join(renamed, 'index.ts') })
    expect(hash).toBe((await first.bundle('index.ts')).sha256)
  })

  test('is the same when the packages lie in a store behind links, as pnpm has them', async () => {
    const plain = await workshop({
      'a.ts': "import tool from 'tool'\nexport const run = () => tool",
      ...installed('tool', 'export default 1'),
    })
    const linked = await workshop({
      'a.ts': "import tool from 'tool'\nexport const run = () => tool",
      'node_modules/.keep': '',
    })
    const store = join(linked.project, 'node_modules/.pnpm/tool@1.2.3/node_modules/tool')
    await cp(join(plain.project, 'node_modules/tool'), store, { recursive: true })
    await symlink(store, join(linked.project, 'node_modules/tool'))
    expect((await linked.bundle('a.ts')).sha256).toBe((await plain.bundle('a.ts')).sha256)
  })

  test('is another when a source is another', async () => {
    const { bundle, write } = await workshop(PIPELINE)
    const before = await bundle('src/pipeline.ts')
    await write({ 'lib/shared.ts': "export const shared: string = 'another'" })
    expect((await bundle('src/pipeline.ts')).sha256).not.toBe(before.sha256)
  })

  test('made many times at once is whole', async () => {
    const { bundle, folder } = await workshop(PIPELINE)
    const made = await Promise.all(Array.from({ length: 6 }, () => bundle('src/pipeline.ts')))
    expect(await bundlesIn(folder)).toEqual([`${made[0]?.sha256}.mjs`])
    expect(sha256(await readFile(made[0]?.path ?? ''))).toBe(made[0]?.sha256)
  })

  test('leads errors back to the user’s own lines', async () => {
    const { bundle, folder } = await workshop({
      'src/pipeline.ts': `
import { fail } from './fail.ts'
import { thrown } from 'thrower'
export const run = () => (process.argv.includes('package') ? thrown() : fail())
`,
      'src/fail.ts': `interface Only { readonly types: string }
export const fail = (): Only => {
  throw new TypeError('on the third line')
}
`,
      ...installed('thrower', `export function thrown() {\n  throw new Error('in a package')\n}\n`),
    })
    const { path } = await bundle('src/pipeline.ts')
    expect((await run(path, '--load', '--call')).stderr).toContain(`${folder}/bundles/src/fail.ts:3:9`)
    expect((await run(path, '--load', '--call', 'package')).stderr).toContain('node_modules/thrower/index.js:2:9')
    const map = /base64,(.*)\n$/.exec(await readFile(path, 'utf8'))?.[1] ?? ''
    const { sources, sourcesContent } = JSON.parse(Buffer.from(map, 'base64').toString()) as {
      sources: string[]
      sourcesContent?: string[]
    }
    expect(sources).toContain('@sidestep/core/job.ts')
    expect(sources.filter((source) => source.startsWith('/') || source.includes('..'))).toEqual([])
    expect(sourcesContent).toBeUndefined()
  })

  test('does not begin where the signal is aborted', async () => {
    const { bundle } = await workshop(PIPELINE)
    await expect(bundle('src/pipeline.ts', { signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow(
      'stopped',
    )
  })
})

describe('what a job does not need', () => {
  test.each(['@sidestep/core', '@sidestep/core/flavor'])(
    'a flavor’s loader and schemas stay behind, with the SDK: of %s',
    async (core) => {
      const { bundle } = await workshop({
        'pipeline.ts': `
import { cloud } from 'cloud'
export const run = () => Promise.allSettled([cloud({}), cloud.configSchema(), cloud.settingsSchema()])
`,
        ...installed(
          'cloud',
          `
import { defineFlavor as define } from '${core}'
export const cloud = define({
  type: 'step_operator',
  flavor: 'cloud',
  configSchema: async () => (await import('sdk')).schema,
  settingsSchema: async () => (await import('sdk')).schema,
  async load() { return (await import('sdk')).Operator },
})`,
        ),
        ...installed('sdk', `console.log('the SDK'); export const schema = 1; export const Operator = 2`),
      })
      const { path, modules } = await bundle('pipeline.ts')
      expect([...modules.keys()]).toEqual(['node_modules/cloud/index.js', 'pipeline.ts'])
      const { stdout } = await run(path, '--load', '--call')
      expect(stdout.match(/A flavor is not loaded inside a job/g)).toHaveLength(3)
      expect(stdout).not.toContain('the SDK')
    },
  )

  test('Sidestep keeps its own packages, whatever a step asks for', async () => {
    const { bundle, folder, write } = await workshop({
      'pipeline.ts': `import { version } from 'dependency'\nexport const run = () => version`,
      ...installed('dependency', `throw new Error('the one of the project')`),
    })
    await write({
      '../core/node_modules/dependency/package.json': '{ "name": "dependency", "version": "9.0.0", "type": "module" }',
      '../core/node_modules/dependency/index.js': `export const storeName = 'by its own dependency'`,
      '../core/store.ts': `export { storeName } from 'dependency'`,
    })
    const { path } = await bundle('pipeline.ts', { external: ['dependency'] })
    expect((await run(join(path))).stdout).toBe('parent: by its own dependency an-operator\n')
    expect(path.startsWith(folder)).toBe(true)
  })

  test('a runtime is found from the user’s module by its name', async () => {
    const { bundle } = await workshop({
      'pipeline.ts': 'export const run = () => 1',
      'node_modules/stores/package.json':
        '{ "name": "stores", "type": "module", "exports": { "./runtime": "./r.js" } }',
      'node_modules/stores/r.js': `export const storeName = 'found by its name'`,
    })
    const { path } = await bundle('pipeline.ts', { artifactStoreRuntime: 'stores/runtime' })
    expect((await run(path)).stdout).toBe('parent: found by its name an-operator\n')
    await expect(bundle('pipeline.ts', { artifactStoreRuntime: 'nothing/runtime' })).rejects.toMatchObject({
      code: 'MODULE_NOT_FOUND',
      kind: 'config',
      message: expect.stringContaining('nothing/runtime'),
    })
  })
})
