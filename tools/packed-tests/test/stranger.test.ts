import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OldNodeProject } from './project.ts'
import { writeThirdParty } from './third-party.ts'

// What somebody does who has nothing but the packages and the pages, from `init` to an operator of a package.
const project = new OldNodeProject()
beforeAll(() => project.install(), 300_000)
afterAll(() => project.remove())

/** The listing of README.md and of docs/writing-a-step-operator.md, which a test compares with this file. */
const listing = readFileSync(
  resolve(import.meta.dirname, '../../../examples/custom-operator/src/prefix-step-operator.ts'),
  'utf8',
)

const pipeline = `import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { pipeline, step } from '@sidestep/core'

const counted = async ({ n, begun }: { n: number; begun?: string }) => {
  if (begun !== undefined) await writeFile(begun, '')
  await sleep(begun === undefined ? 0 : 2_000)
  return n + 1
}
const polite = step({ name: 'polite', stepOperator: 'polite' }, counted)
const third = step({ name: 'third', stepOperator: 'third' }, counted)

export default pipeline('both', async (input: { n: number; begun?: string }) => {
  const n = await (await polite({ n: input.n })).value()
  return third({ ...input, n })
})
`

interface RunDocument {
  readonly runId: string
  readonly status: string
  readonly stack: string
  readonly result: unknown
  readonly steps: readonly { readonly name: string; readonly operator: string | null }[]
}

/** A command that is to succeed: what it writes to stdout. */
async function sidestep(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await project.run('sidestep', args)
  expect(exitCode, `sidestep ${args.join(' ')}\n${stderr}${stdout}`).toBe(0)
  return stdout
}

async function document<T>(...args: string[]): Promise<T> {
  return JSON.parse(await sidestep(...args, '--output', 'json')) as T
}

const settingsFile = (): string => readFileSync(join(project.folder, 'sidestep.yaml'), 'utf8')

test('init makes a project that runs at once', async () => {
  await sidestep('init', '--no-install')
  const run = await document<RunDocument>('run', 'src/pipeline.ts', '--input', '{"count": 20}')
  expect(run).toMatchObject({ status: 'succeeded', stack: 'local', steps: [{ operator: null }, { operator: 'local' }] })
})

test('the listing of the page is an operator, registered by path, in a stack that commands compose', async () => {
  project.write('src/prefix-step-operator.ts', listing)
  const strictly = await project.compile('src/prefix-step-operator.ts')
  expect(strictly).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  await sidestep('step-operator', 'flavor', 'register', './src/prefix-step-operator.ts#PrefixStepOperator')
  const options = ['--set', 'prefix=["nice", "-n", "10"]', '--set', 'folder=.sidestep/prefix-jobs']
  await sidestep('step-operator', 'register', 'polite', '--flavor', 'prefix', ...options)
  await sidestep('artifact-store', 'register', 'disk', '--flavor', 'local')
  await sidestep('stack', 'register', 'mine', '--artifact-store', 'disk', '--step-operator', 'polite')
  await sidestep('stack', 'set', 'mine', '--project')
  expect(settingsFile()).toContain('active_stack: mine')
  expect(settingsFile()).toContain('# Keeps results in .sidestep/store.')
})

test('a package of somebody else is found where npm puts it, linked or copied', async () => {
  writeThirdParty(project, 'vendor/my-steps')
  const mine = { name: 'my-steps', version: '1.0.0', state: 'installed' }
  await project.npm(['install', './vendor/my-steps'])
  expect(await document('integration', 'list')).toContainEqual(expect.objectContaining(mine))
  await project.npm(['pack'], 'vendor/my-steps')
  await project.npm(['install', './vendor/my-steps/my-steps-1.0.0.tgz'])
  expect(await document('integration', 'list')).toContainEqual(expect.objectContaining(mine))
})

test('a run has steps on both, one flavor by its options and one by package#Export', async () => {
  project.write('src/both.ts', pipeline)
  await sidestep('step-operator', 'flavor', 'register', 'my-steps#ClassStepOperator')
  await sidestep('step-operator', 'register', 'third', '--flavor', 'through', '--program', 'env')
  await sidestep('step-operator', 'register', 'fourth', '--flavor', 'class')
  await sidestep('stack', 'update', 'mine', '--step-operator', 'third', '--step-operator', 'fourth')
  await sidestep('stack', 'validate', 'mine', '--pipeline', 'src/both.ts')
  const run = await document<RunDocument>('run', 'src/both.ts', '--input', '{"n": 1}')
  expect(run).toMatchObject({ status: 'succeeded', stack: 'mine', result: 3 })
  expect(run.steps.map(({ operator }) => operator)).toEqual(['polite', 'third'])
  expect(readdirSync(join(project.folder, '.sidestep/prefix-jobs'))).toContain(run.runId)
})

test('a run on the package goes on after kill -9 of its launcher', async () => {
  const begun = join(project.folder, 'begun')
  const input = JSON.stringify({ n: 1, begun })
  const { runId, pid } = await document<{ readonly runId: string; readonly pid: number }>(
    'run',
    'src/both.ts',
    '--input',
    input,
    '--detach',
  )
  while (!existsSync(begun)) await sleep(20)
  process.kill(pid, 'SIGKILL')
  const resumed = await document<RunDocument>('runs', 'resume', runId)
  expect(resumed).toMatchObject({ runId, status: 'succeeded', stack: 'mine', result: 3 })
})

test('what is wrong is said with the place and the remedy, and changes nothing', async () => {
  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['run', 'src/both.ts', '--stack', 'mien'], /"mien"[^]*mine/],
    [['step-operator', 'register', 'x', '--flavor', 'trough'], /"trough"[^]*through/],
    [['step-operator', 'register', 'third', '--flavor', 'local'], /third[^]*sidestep\.yaml:\d+:\d+/],
    [['stack', 'register', '../x', '--artifact-store', 'disk', '--step-operator', 'third'], /\.\.\/x/],
    [['step-operator', 'flavor', 'register', './src/both.ts#default'], /src\/both\.ts#default/],
  ]
  const before = settingsFile()
  const all = await Promise.all(
    wrong.map(async ([args, message]) => [args, message, await project.run('sidestep', args)] as const),
  )
  for (const [args, message, { exitCode, stdout, stderr }] of all) {
    expect({ exitCode, stdout }, `${args.join(' ')}\n${stderr}`).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toContain('hint: ')
    expect(stderr).not.toMatch(/^ +at /m)
  }
  expect(settingsFile()).toBe(before)
})

test('doctor finds nothing wrong', async () => {
  const { ok, checks } = await document<{ ok: boolean; checks: { check: string; state: string; found: string }[] }>(
    'doctor',
  )
  expect(ok, JSON.stringify(checks)).toBe(true)
  expect(checks.filter(({ state }) => state !== 'ok')).toEqual([])
  expect(checks.find(({ check }) => check === 'integrations')?.found).toContain('my-steps 1.0.0')
})
