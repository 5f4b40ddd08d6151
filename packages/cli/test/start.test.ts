import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { program as programConfig } from '@sidestep/config/tsdown'
import { rolldown, type OutputChunk, type RolldownPluginOption } from 'rolldown'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProgram } from '../src/program.ts'

let folder: string
let chunks: readonly OutputChunk[]

/** Bundled as the build does it: what is tested here is how the program starts when it is installed. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidestep-start-'))
  await mkdir(join(folder, 'dist'))
  await writeFile(join(folder, 'package.json'), '{ "version": "1.2.3", "type": "module" }')
  const bundle = await rolldown({
    input: { bin: fileURLToPath(new URL('../src/bin.ts', import.meta.url)) },
    platform: 'node',
    external: [/^@sidestep\//, /^rolldown/],
    plugins: programConfig({ bin: 'src/bin.ts' }).plugins as RolldownPluginOption[],
  })
  const { output } = await bundle.write({ dir: join(folder, 'dist'), format: 'esm' })
  chunks = output.filter((it) => it.type === 'chunk')
  await bundle.close()
})

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

/** The chunks that are loaded with one of a source file, before anything is called. */
function loadedWith(file: string): readonly OutputChunk[] {
  const first = chunks.find(({ moduleIds }) => moduleIds.some((id) => id.endsWith(file)))
  const found = new Set(first === undefined ? [] : [first])
  for (const { imports } of found) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) found.add(chunk)
  }
  return [...found]
}

test('the file that refuses an old Node.js imports nothing that an old one lacks', () => {
  const [bin, ...others] = loadedWith('/src/bin.ts')
  expect(bin?.imports).toEqual(['node:module'])
  expect(others).toEqual([])
})

test('the program starts without imports of Node.js, without child_process, and without core', () => {
  const started = loadedWith('/src/program.ts')
  expect(started.flatMap(({ imports }) => imports).filter((it) => !it.endsWith('.js'))).toEqual([])
  const modules = started.flatMap(({ moduleIds }) => moduleIds)
  expect(modules.some((it) => it.includes('/commander/'))).toBe(true)
  expect(modules.filter((it) => it.includes('builtin:node:child_process'))).toEqual([
    '\0lazy-builtin:node:child_process',
  ])
})

test('--version and help load no module that they do not need', () => {
  const loaded = 'process.on("exit", () => console.error(process.moduleLoadList.join("\\n")))'
  const hook = `data:text/javascript,${encodeURIComponent(loaded)}`
  for (const [args, expected] of [
    [['--version'], '1.2.3\n'],
    [['runs', '--help'], expect.stringContaining('sidestep runs show last')],
  ] as const) {
    const command = `"$0" --import "$1" "$2" ${args.join(' ')} 2> "$3"; cat "$3" >&2`
    const list = join(folder, 'loaded.txt')
    const stdout = execFileSync('sh', ['-c', command, process.execPath, hook, join(folder, 'dist/bin.js'), list], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(stdout).toEqual(expected)
    const modules = execFileSync('cat', [list], { encoding: 'utf8' }).split('\n')
    expect(modules).toContain('NativeModule fs')
    expect(modules).not.toContain('NativeModule child_process')
    expect(modules).not.toContain('NativeModule sqlite')
  }
})

test('a list of flavors loads no parser, schema library, bundler or database', async () => {
  const hook = `
    import { registerHooks } from 'node:module'
    import { writeFileSync } from 'node:fs'
    const loaded = []
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
    process.on('exit', () => writeFileSync('loaded.json', JSON.stringify([loaded, process.moduleLoadList])))`
  const cwd = await mkdtemp(join(folder, 'project-'))
  await writeFile(join(cwd, 'package.json'), '{}')
  await writeFile(join(cwd, 'sidestep.yaml'), 'components: { step_operator: { here: { flavor: local } } }')
  const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
  const args = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, bin]
  // The sources tell what is loaded, module by module.
  const env = { ...process.env, NODE_OPTIONS: '' }
  const command = ['step-operator', 'flavor', 'list']
  const stdout = execFileSync(process.execPath, [...args, ...command], { cwd, env, encoding: 'utf8' })
  expect(stdout).toMatch(/^local .* installed$/m)
  const [files, builtins] = JSON.parse(await readFile(join(cwd, 'loaded.json'), 'utf8')) as readonly string[][]
  expect(files?.filter((url) => /\/node_modules\/(?:zod|yaml|rolldown|kysely|semver)\//.test(url))).toEqual([])
  expect(files?.filter((url) => /\/(?:load-component|parse-project-file|atomic-file|schemas)\.ts$/.test(url))).toEqual(
    [],
  )
  // Of what knows YAML, only the words of its mistakes.
  expect(files?.filter((url) => url.includes('/core/src/yaml/'))).toEqual([expect.stringMatching(/\/mistakes\.ts$/)])
  expect(files).toContainEqual(expect.stringContaining('/flavor/flavor-registry.ts'))
  for (const name of ['sqlite', 'http']) expect(builtins).not.toContain(`NativeModule ${name}`)
})

test('a word of the first level loads its family alone, any other word all of them', async () => {
  const names = async (only: string): Promise<string[]> =>
    (await createProgram({ only })).commands.map((it) => it.name())
  expect(await names('runs')).toEqual(['runs'])
  expect(await names('step-operator')).toContain('step-operator')
  const below = async (next: string): Promise<string[] | undefined> =>
    (await createProgram({ only: 'step-operator', next })).commands[0]?.commands.map((it) => it.name())
  expect(await below('flavor')).toEqual(['flavor'])
  const furthest = async (last: string): Promise<string[] | undefined> =>
    (await createProgram({ only: 'step-operator', next: 'flavor', last })).commands[0]?.commands[0]?.commands.map(
      (it) => it.name(),
    )
  expect(await furthest('list')).toEqual(['list'])
  expect(await furthest('lits')).toEqual(['list', 'register', 'describe', 'delete'])
  expect(await below('flavro')).toEqual(expect.arrayContaining(['flavor', 'register', 'list', 'delete']))
  const all = await names('')
  expect(all).toEqual(expect.arrayContaining(['init', 'run', 'plan', 'runs', 'jobs', 'stack', 'complete']))
  expect(await names('rnus')).toEqual(all)
  expect(await names('--help')).toEqual(all)
})
