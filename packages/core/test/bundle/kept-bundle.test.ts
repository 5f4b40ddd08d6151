import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import { describe, expect, test } from 'vitest'

import type { Bundle } from '../../src/bundle/bundle-module.ts'
import { KeptBundle } from '../../src/bundle/kept-bundle.ts'
import { installed, workshop, type Files, type Workshop } from './fixture.ts'

const PIPELINE: Files = {
  'src/pipeline.ts': "import { double } from './numbers'\nexport const run = () => double(21)\n",
  'src/numbers.ts': 'export const double = (input: number): number => 2 * input\n',
}

/** Bundles until it is kept, and says by the index's own file whether a later bundle is a new one. */
async function kept(
  files: Files,
  { links = {} }: { readonly links?: Files } = {},
): Promise<
  Workshop & { readonly first: Bundle; again(): Promise<{ readonly bundle: Bundle; readonly isKept: boolean }> }
> {
  const made = await workshop(files)
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(made.project, path)), { recursive: true })
    await symlink(target, join(made.project, path))
  }
  const again = async (): Promise<{ readonly bundle: Bundle; readonly isKept: boolean }> => {
    // Changes in the very moment of bundling are told by no clock, so nothing would be kept.
    await sleep(80)
    const before = await indexes(made.folder)
    const bundle = await made.bundle('src/pipeline.ts')
    const after = await indexes(made.folder)
    return { bundle, isKept: before.length > 0 && before.join() === after.join() }
  }
  const { bundle: first } = await again()
  expect((await again()).isKept).toBe(true)
  return { ...made, first, again }
}

async function indexes(folder: string): Promise<string[]> {
  const kept = join(folder, 'bundles/kept')
  const names = existsSync(kept) ? await readdir(kept) : []
  return Promise.all(names.map(async (name) => `${name} ${(await stat(join(kept, name))).ino}`))
}

async function indexFile(folder: string): Promise<string> {
  const [name = ''] = await readdir(join(folder, 'bundles/kept'))
  return join(folder, 'bundles/kept', name)
}

describe('a bundle of unchanged sources', () => {
  test('is the same in everything, and made without the bundler', async () => {
    const { first, folder, project } = await kept({
      ...PIPELINE,
      ...installed('tool', 'export default 1', { gypfile: true }),
      'src/pipeline.ts':
        "import tool from 'tool'\nimport { double } from './numbers'\nexport const run = () => [tool, double]",
    })
    const script = `
import { bundleModule } from ${JSON.stringify(new URL('../../src/bundle/bundle-module.ts', import.meta.url).href)}
const bundle = await bundleModule(${JSON.stringify({
      module: join(project, 'src/pipeline.ts'),
      external: [],
      artifactStoreRuntime: join(folder, 'core/store.ts'),
      stepOperatorRuntimes: { local: join(folder, 'core/operator.ts') },
      folder: join(folder, 'bundles'),
      jobEntry: join(folder, 'core/job.ts'),
    })})
const loaded = process.report.getReport().sharedObjects.filter((it) => it.includes('rolldown'))
console.log(JSON.stringify({ bundle: { ...bundle, modules: [...bundle.modules] }, loaded }))`
    const run = async (): Promise<{ readonly bundle: unknown; readonly loaded: readonly string[] }> => {
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
      return JSON.parse(stdout) as { bundle: unknown; loaded: string[] }
    }
    expect(first.nativePackages).toEqual({ tool: '1.2.3' })
    expect(await run()).toEqual({ bundle: { ...first, modules: [...first.modules] }, loaded: [] })
    await rm(join(folder, 'bundles/kept'), { recursive: true })
    const anew = await run()
    expect(anew.bundle).toEqual({ ...first, modules: [...first.modules] })
    expect(anew.loaded).not.toEqual([])
  })

  test('is kept where a file was only touched, or is back as it was', async () => {
    const { project, write, again, first, folder } = await kept(PIPELINE)
    const index = await indexFile(folder)
    const before = await readFile(index, 'utf8')
    await utimes(join(project, 'src/numbers.ts'), new Date(), new Date())
    await write({ 'src/pipeline.ts': `${PIPELINE['src/pipeline.ts']}` })
    // The states are written anew, the bundle is not made: it would come back if it were.
    await sleep(80)
    await writeFile(first.path, await readFile(first.path))
    const { ino } = await stat(first.path)
    const { bundle } = await again()
    expect(bundle).toEqual(first)
    expect((await stat(first.path)).ino).toBe(ino)
    expect(await readFile(index, 'utf8')).not.toBe(before)
    expect((await again()).isKept).toBe(true)
  })

  test('is kept apart for each way of making it', async () => {
    const { bundle, again, first, folder } = await kept(PIPELINE)
    await bundle('src/pipeline.ts', { external: ['other'] })
    await bundle('src/numbers.ts')
    expect(await indexes(folder)).toHaveLength(3)
    expect(await again()).toEqual({ bundle: first, isKept: true })
  })

  test('is kept by many at once', async () => {
    const { bundle, first, again } = await kept(PIPELINE)
    const found = await Promise.all(Array.from({ length: 8 }, () => bundle('src/pipeline.ts')))
    for (const each of found) expect(each).toEqual(first)
    expect((await again()).isKept).toBe(true)
  })
})

describe('a bundle is made anew', () => {
  const withTool: Files = {
    ...PIPELINE,
    'src/pipeline.ts':
      "import { double } from './numbers'\nimport { shared } from '@/shared'\nimport tool from 'tool'\nimport { linked } from '../links/lib/linked.ts'\nexport const run = () => [double(1), shared, tool, linked]\n",
    'lib/shared.ts': "export const shared = 'shared'",
    'one/linked.ts': "export const linked = 'one'",
    'two/linked.ts': "export const linked = 'two'",
    'configs/paths.json': '{ "compilerOptions": { "paths": { "@/*": ["../first/*", "../lib/*"], }, /* so */ } }',
    'tsconfig.json': '{ "extends": "./configs/paths.json" }',
    ...installed('tool', 'export default 1'),
  }

  const changes: readonly (readonly [what: string, change: (made: Workshop) => Promise<void>])[] = [
    ['a source', async ({ write }) => write({ 'src/numbers.ts': 'export const double = () => 3' })],
    ['a file of a package', async ({ write }) => write({ 'node_modules/tool/index.js': 'export default 2' })],
    [
      'what a package says of itself',
      async ({ write }) => write(installed('tool', 'export default 1', { gypfile: true })),
    ],
    ['the parts of a package', async ({ write }) => write({ 'node_modules/tool/binding.gyp': '{}' })],
    [
      'an extended configuration',
      async ({ write }) =>
        write({
          'configs/paths.json': '{ "compilerOptions": { "paths": { "@/*": ["../other/*", "../lib/*"] } } }',
          'other/shared.ts': 'export const shared = 4',
        }),
    ],
    ['a file that is found first', async ({ write }) => write({ 'src/numbers.tsx': 'export const double = () => 5' })],
    [
      'a file that a configuration puts first',
      async ({ write }) => write({ 'first/shared.ts': 'export const shared = 6' }),
    ],
    [
      'a configuration that is nearer',
      async ({ write }) =>
        write({
          'src/tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["../one/*"] } } }',
          'one/shared.ts': 'export const shared = 7',
        }),
    ],
    [
      'a package that is nearer',
      async ({ write }) =>
        write({
          'src/node_modules/tool/package.json': '{ "name": "tool", "type": "module", "exports": "./i.js" }',
          'src/node_modules/tool/i.js': 'export default 8',
        }),
    ],
    [
      'a link that leads elsewhere',
      async ({ project: root }) => {
        await symlink('../two', join(root, 'links/new'))
        await rename(join(root, 'links/new'), join(root, 'links/lib'))
      },
    ],
    [
      'core',
      async ({ folder }) => writeFile(join(folder, 'core/store.ts'), "export const storeName: string = 'another'"),
    ],
    [
      'where a package lies',
      async ({ project: root }) => {
        await cp(join(root, 'node_modules/tool'), join(root, 'node_modules/.store/tool'), { recursive: true })
        await writeFile(join(root, 'node_modules/.store/tool/index.js'), 'export default 9')
        await rm(join(root, 'node_modules/tool'), { recursive: true })
        await symlink('.store/tool', join(root, 'node_modules/tool'))
      },
    ],
  ]

  test.for(changes)('where %s is another', async ([, change]) => {
    const made = await kept(withTool, { links: { 'links/lib': '../one' } })
    await change(made)
    const { bundle, isKept } = await made.again()
    expect(isKept).toBe(false)
    expect(bundle.sha256).not.toBe(made.first.sha256)
    // What is taken for unchanged from here on is the new one.
    expect(await made.again()).toEqual({ bundle, isKept: true })
  })

  test('where the version of a package with native parts is another', async () => {
    const native = (version: string): Files => installed('tool', 'export default 1', { gypfile: true, version })
    const { write, again, first } = await kept({
      'src/pipeline.ts': "import tool from 'tool'\nexport const run = () => tool",
      ...native('1.0.0'),
    })
    expect(first.nativePackages).toEqual({ tool: '1.0.0' })
    await write(native('2.0.0'))
    expect((await again()).bundle.nativePackages).toEqual({ tool: '2.0.0' })
  })

  test('where a package that was not there is', async () => {
    const { write, again, first } = await kept({ 'src/pipeline.ts': "export const run = async () => import('late')" })
    await write(installed('late', 'export default 2'))
    const { bundle } = await again()
    expect(bundle.modules.has('node_modules/late/index.js')).toBe(true)
    expect(bundle.sha256).not.toBe(first.sha256)
  })

  test('where the bundle is gone or damaged', async () => {
    const { again, first } = await kept(PIPELINE)
    const bytes = await readFile(first.path)
    await rm(first.path)
    expect((await again()).bundle).toEqual(first)
    await writeFile(
      first.path,
      bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
    )
    expect((await again()).bundle).toEqual(first)
    expect(await readFile(first.path)).toEqual(bytes)
  })

  test('where what was remembered is damaged', async () => {
    const { again, first, folder } = await kept(PIPELINE)
    const index = await indexFile(folder)
    const text = await readFile(index, 'utf8')
    for (const damaged of [
      '',
      '{',
      text.slice(0, -9),
      text.replace('"size":', '"size":1'),
      text.replace('sha256":"', 'sha256":"0'),
    ]) {
      await writeFile(index, damaged)
      const { bundle, isKept } = await again()
      expect(isKept).toBe(false)
      expect(bundle).toEqual(first)
      expect(await readFile(index, 'utf8')).toContain(first.sha256)
    }
  })

  test('where a source changed while it was being made', async () => {
    const { first, folder, project, write } = await kept(PIPELINE)
    const options = {
      module: join(project, 'src/pipeline.ts'),
      jobEntry: join(folder, 'core/job.ts'),
      external: [],
      artifactStoreRuntime: 'store',
      stepOperatorRuntimes: {},
      folder: join(folder, 'bundles'),
    }
    const index = new KeptBundle(options)
    const inputs = [join(project, 'src/numbers.ts')]
    const startedAtMs = Date.now()
    await write({ 'src/numbers.ts': 'export const double = () => 1' })
    await index.keep(first, { inputs, startedAtMs })
    expect(await index.find()).toBeUndefined()
    await sleep(80)
    await index.keep(first, { inputs, startedAtMs: Date.now() })
    expect(await index.find()).toEqual(first)
  })

  test('where a configuration is not understood', async () => {
    const { bundle, folder } = await workshop({
      ...PIPELINE,
      'tsconfig.json': '{ "compilerOptions": { "rootDirs": ["."] } }',
    })
    await sleep(80)
    await bundle('src/pipeline.ts')
    expect(await indexes(folder)).toEqual([])
  })
})
