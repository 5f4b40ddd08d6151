import { execFile } from 'node:child_process'
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

interface RunDocument<R> {
  readonly stack: string
  readonly status: string
  readonly result: R
  readonly steps: readonly {
    readonly name: string
    readonly operator: string | null
    readonly process: { readonly folder: string } | null
  }[]
}

const project = join(import.meta.dirname, '..')
let home: string

beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-custom-operator-')))
})

afterAll(async () => {
  await rm(home, { recursive: true, force: true })
  await rm(join(project, '.sidestep/prefix-jobs'), { recursive: true, force: true })
})

test('the penguins are told apart by a step that the operator of this project ran', { timeout: 120_000 }, async () => {
  const { stack, status, result, steps } = await run<{ readonly accuracy: number }>('src/pipeline.ts')
  expect({ stack, status }).toEqual({ stack: 'polite', status: 'succeeded' })
  expect(result.accuracy).toBeGreaterThanOrEqual(0.95)
  expect(steps.map(({ name, operator }) => [name, operator])).toEqual([
    ['load', null],
    ['train', 'polite'],
    ['evaluate', null],
  ])
  const folder = steps[1]?.process?.folder ?? ''
  expect(folder).toContain(join(project, '.sidestep/prefix-jobs/'))
  expect(await readFile(join(folder, 'node_modules/ml-random-forest/package.json'), 'utf8')).toContain('"2.1.0"')
})

test('what stands before the command has its effect', { timeout: 60_000 }, async () => {
  const { result } = await run<number>('test/priority.ts')
  expect(result).toBe(10)
})

/** With the real command line, in the folder of this example, on the active stack of its sidestep.yaml. */
async function run<R>(file: string): Promise<RunDocument<R>> {
  const manifest = createRequire(import.meta.url).resolve('@sidestep/cli/package.json')
  const { bin } = JSON.parse(await readFile(manifest, 'utf8')) as { readonly bin: { readonly sidestep: string } }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(dirname(manifest), bin.sidestep), 'run', file, '--output', 'json'],
    { cwd: project, env: { ...process.env, SIDESTEP_HOME: home } },
  )
  return JSON.parse(stdout) as RunDocument<R>
}
