import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonReport } from '../src/view/json-report.ts'
import { createProject, type Project } from './helpers/project.ts'
import { BIN, shellEnvironment, sidestep } from './helpers/sidestep.ts'

let project: Project
let cwd: string

beforeAll(async () => {
  project = await createProject({
    'pipeline.ts': `
import { pipeline, step } from '@sidestep/core'

const load = step({ name: 'load' }, (rows: number, { log }) => {
  log('loading')
  console.log('from the console')
  return Array.from({ length: rows }, (_, index) => index)
})
const sum = step({ name: 'sum', stepOperator: true }, (values: number[]) => {
  process.stdout.write('\\u001B]0;owned\\u0007\\u001B[31madding\\u001B[0m\\n')
  return values.reduce((total, value) => total + value, 0)
})

export default pipeline('sums', async (input: { rows: number } | undefined) => {
  const values = await load(input?.rows ?? 3)
  const total = await sum(values)
  return { total }
})
`,
    'failing.ts': `
import { pipeline, step } from '@sidestep/core'

const train = step({ name: 'train', stepOperator: true }, () => {
  console.log('epoch 1')
  throw new TypeError('rows is not iterable')
})

export default pipeline('failing', async () => train())
`,
    'config.ts': `
import { pipeline, step } from '@sidestep/core'

const job = step({ name: 'job', stepOperator: true, secrets: { KEY: 'file:/no/such/secret' } }, () => 1)
const never = step({ name: 'never', stepOperator: true, docker: { parentImage: 'node:24' } }, () => 1)

export default pipeline('config', async (input: string) => (input === 'never' ? never() : job()))
`,
    'own-error.ts': `
import { pipeline } from '@sidestep/core'

export default pipeline('own', async () => {
  throw new RangeError('too far')
})
`,
    'stalled.ts': `
import { pipeline } from '@sidestep/core'

export default pipeline('stalled', async () => new Promise<void>(() => {}))
`,
    'stray.ts': `
import { pipeline, step } from '@sidestep/core'

const train = step({ name: 'train', stepOperator: true }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 60_000))
})

export default pipeline('stray', async () => {
  setTimeout(() => { throw new Error('thrown by a timer') }, 1_000)
  await train()
})
`,
    'stacks.ts': `
import { pipeline, Stack, step } from '@sidestep/core'
import { local, localArtifactStore } from '@sidestep/local'

const where = step({ name: 'where', stepOperator: 'small' }, () => 'a job')

export const stacks = {
  mine: new Stack({
    name: 'mine',
    artifactStore: localArtifactStore({ path: new URL('.sidestep/other-store', import.meta.url).pathname }),
    stepOperators: { small: local({}) },
  }),
}
export default pipeline('stacks', async () => where())
`,
    'second.ts': `
import { pipeline, Stack, step } from '@sidestep/core'
import { local, localArtifactStore } from '@sidestep/local'

const first = step({ name: 'first', stepOperator: 'small' }, () => 1)
const second = step(
  { name: 'second', stepOperator: 'small', resources: { gpuCount: 1 }, settings: { 'step_operator.vertx': {} } },
  () => 2,
)
step({ name: 'third', stepOperator: 'smal' }, () => 3)

export const stack = new Stack({
  name: 'mine',
  artifactStore: localArtifactStore({ path: new URL('.sidestep/other-store', import.meta.url).pathname }),
  stepOperators: { small: local({}) },
})
export default pipeline('second', async () => {
  await first()
  await second()
})
`,
    'values.ts': `
import { pipeline } from '@sidestep/core'

export default pipeline('values', async (input: unknown) => {
  setInterval(() => {}, 1_000)
  return new Map([['input', input]])
})
`,
  })
  cwd = project.folder
})

afterAll(() => project.remove())

test('writes the result to stdout, and plain lines with their step in front to stderr', async () => {
  const { code, stdout, stderr } = await sidestep(['run', 'pipeline.ts', '--input', '{"rows": 5}'], { cwd })
  expect(stderr).toMatch(
    /^run \S+ of sums on the stack default\n\[load\] -- started in this process\n\[load\] loading\n/,
  )
  expect(stderr).toMatch(/\n\[sum\] -- running\n/)
  expect(stderr).toMatch(/\n\[sum\] adding\n/)
  expect(stderr).toMatch(/\nload +succeeded +\S+ +this process, pid \d+ +running \S+\n/)
  expect(stderr).toMatch(/\nsum +succeeded +\S+ +\S+ pid \d+ on \S+ +.*running \S+\n {2}in \.sidestep\/jobs\//)
  expect(stderr).toMatch(/\nrun \S+ of sums succeeded in \S+\n$/)
  expect(stderr).not.toMatch(/(?!\n)\p{Cc}/u)
  expect(stdout).toBe('from the console\n{"total":10}\n')
  expect(code).toBe(0)
})

test('keeps stdout for one JSON document', async () => {
  const { code, stdout, stderr } = await sidestep(['run', 'pipeline.ts', '--output', 'json', '--input', '@-'], {
    cwd,
    input: '{ "rows": 4 }',
  })
  const report = JSON.parse(stdout) as JsonReport
  expect(report).toMatchObject({ pipeline: 'sums', stack: 'default', status: 'succeeded', result: { total: 6 } })
  expect(report.steps.map(({ name, status }) => [name, status])).toEqual([
    ['load', 'succeeded'],
    ['sum', 'succeeded'],
  ])
  expect(report.steps[1]?.attempts).toEqual([{ number: 1, status: 'succeeded' }])
  expect(report.steps[1]?.process?.pid).not.toBe(report.steps[0]?.process?.pid)
  expect(stderr).toContain('from the console\n')
  expect(code).toBe(0)
})

test('waits for standard input, however slow it is', async () => {
  for (const background of [[], ['--detach']]) {
    const args = ['run', 'pipeline.ts', '--input', '@-', ...background]
    const child = spawn(process.execPath, [BIN, ...args], { cwd, env: shellEnvironment() })
    const ended = Promise.all([once(child, 'close'), text(child.stderr)])
    child.stdin.write('{ "rows"')
    await setTimeout(1_500)
    child.stdin.end(': 4 }')
    const [[code], stderr] = await ended
    expect(code, stderr).toBe(0)
  }
})

test('reports a failed step once: what, why, where, its last lines, and no stack trace', async () => {
  const { code, stdout, stderr } = await sidestep(['run', 'failing.ts'], { cwd })
  expect(stderr).toContain('✖ the step train failed (step)\n\n  TypeError: rows is not iterable\n\n  failing.ts:6:9\n')
  expect(stderr).toContain("  6 │   throw new TypeError('rows is not iterable')\n              ^\n")
  expect(stderr).toContain('  last lines of its log\n  │ epoch 1\n')
  expect(stderr).not.toMatch(/^ +at /m)
  expect(stdout).toBe('')
  expect(code).toBe(1)
})

test.each([
  ['never', 'CONFIG_INVALID', 'which needs an image', 2],
  ['job', 'SECRET_MISSING', 'the secret file cannot be read', 1],
])(
  'a failure of the kind config, %s: wrong input only where there was no job',
  async (input, named, message, expected) => {
    const { code, stderr } = await sidestep(['run', 'config.ts', '--input', JSON.stringify(input)], { cwd })
    expect(stderr).toContain(`✖ the step ${input} failed (config, ${named})`)
    expect(stderr).toContain(message)
    expect(code).toBe(expected)
  },
)

test('tells a failure as JSON, and shows stack traces where it is asked to', async () => {
  const { code, stdout, stderr } = await sidestep(['run', 'failing.ts', '--output', 'json', '--verbose'], { cwd })
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'failed',
    error: {
      code: 'STEP_FAILED',
      kind: 'step',
      step: 'train',
      cause: { name: 'TypeError', message: 'rows is not iterable' },
    },
    steps: [{ name: 'train', status: 'failed' }],
  })
  expect(stderr).toMatch(/^ +at .*failing\.ts:6:9/m)
  expect(code).toBe(1)
})

test('tells the pipeline’s own error from that of a step', async () => {
  const { code, stderr } = await sidestep(['run', 'own-error.ts'], { cwd })
  expect(stderr).toContain(
    '✖ the pipeline own failed in its own code, outside of its steps\n\n  RangeError: too far\n\n  own-error.ts:5:9\n',
  )
  expect(code).toBe(1)
})

test('says so where nothing can end the pipeline any more', async () => {
  const { code, stderr, stdout } = await sidestep(['run', 'stalled.ts', '--output', 'json'], { cwd })
  expect(stderr).toContain('the pipeline waits for a promise that nothing can settle any more')
  expect(stderr).toMatch(/^run \S+ of stalled failed after \d/m)
  expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', durationMs: expect.any(Number) })
  expect(code).toBe(1)
})

test('cancels what runs where an error is thrown outside of everything', async () => {
  const { code, stderr } = await sidestep(['run', 'stray.ts'], { cwd })
  expect(stderr).toContain('an error was thrown outside of every step; cancelling the run')
  expect(stderr).toContain('  Error: thrown by a timer\n\n  stray.ts:9:')
  expect(stderr).toMatch(/^train +stopped/m)
  expect(code).toBe(1)
})

test('shows a result that JSON cannot hold, and leaves in spite of what the module left running', async () => {
  const { code, stdout } = await sidestep(['run', 'values.ts', '--input', '[1]'], { cwd })
  expect(stdout).toBe("Map(1) { 'input' => [ 1 ] }\n")
  expect(code).toBe(0)
})

test('runs on a stack that the file exports', async () => {
  const { code, stdout, stderr } = await sidestep(['run', 'stacks.ts', '--stack', 'mine'], { cwd })
  expect(stderr).toContain('of stacks on the stack mine\n[where] -- started on small\n')
  expect(stdout).toBe('a job\n')
  expect(code).toBe(0)
})

test('what is wrong with a later step is told before the first one runs', async () => {
  const { code, stderr } = await sidestep(['run', 'second.ts', '--stack', 'mine'], { cwd })
  const before = stderr.slice(0, stderr.indexOf('[first] -- '))
  expect(before).toMatch(
    /^warning: the step second asks for resources\.gpuCount, which .*\n {2}hint: .*\nwarning: .*vertx.*\n {2}hint: .*\nwarning: the step third: .*"smal".*\n {2}hint: .*small/,
  )
  expect(stderr).toContain('✖ the step second failed')
  expect(code).toBe(1)
})

test('says which stack it uses where the file exports others', async () => {
  const { stderr } = await sidestep(['run', 'stacks.ts'], { cwd })
  expect(stderr).toContain('the stack default of this machine is used; stacks.ts exports mine: choose with --stack\n')
  expect(stderr).toContain('of stacks on the stack default\n')
})

test('is quiet where nobody reads its output any more', async () => {
  const child = spawn(process.execPath, [BIN, 'run', 'values.ts'], { cwd, env: shellEnvironment() })
  child.stdout.destroy()
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(stderr).toContain('of values succeeded in')
  expect(stderr).not.toContain('EPIPE')
  expect(child.exitCode).toBe(0)
})
