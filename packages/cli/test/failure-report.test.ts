import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SidestepError } from '@sidestep/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failureReport, isUnexpected } from '../src/view/failure-report.ts'
import { createLocate, type Locate } from '../src/view/source-location.ts'
import { plain } from '../src/view/style.ts'
import { at, runStarted, stepError, stepEvents } from './helpers/events.ts'
import { modelOf } from './helpers/model.ts'

let project: string
let locate: Locate

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-report-')))
  await mkdir(join(project, 'src'))
  await writeFile(join(project, 'src/pipeline.ts'), 'one\ntwo\n\tthrow new TypeError(evil)\nfour\n')
  locate = createLocate({ cwd: project, roots: [project], foreign: [join(project, 'sidestep')] })
})

afterAll(() => rm(project, { recursive: true, force: true, maxRetries: 5 }))

function thrown(error: Error, ...frames: readonly string[]): Error {
  error.stack = [`${error.name}: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n')
  return error
}

const train = stepEvents({ id: 'b', name: 'train', operator: 'gpu' })

test('says what failed, why, where in the user’s file, what it logged, and the run', () => {
  const cause = thrown(
    // File system errors have no frames of the caller.
    new TypeError('rows is not iterable', {
      cause: thrown(Object.assign(new Error('no such file'), { code: 'ENOENT' })),
    }),
    'Object.run (node:internal/process:1:1)',
    `lib (${project}/node_modules/lib/index.js:4:5)`,
    `runStep (${project}/sidestep/core.js:1:1)`,
    `train (${project}/src/pipeline.ts:3:2)`,
  )
  const error = stepError(cause, ['epoch 1', '\u001B[31mepoch 2\u001B[0m'])
  const model = modelOf([runStarted(), train.started(), train.attempt(1), train.attempt(2), train.failed(error)])
  expect(failureReport(error, { style: plain, locate, verbose: false, model })).toEqual([
    '✖ the step train failed (step, attempt 2)',
    '',
    '  TypeError: rows is not iterable',
    '',
    '  caused by: Error [ENOENT]: no such file',
    '',
    '  src/pipeline.ts:3:2',
    '  3 │  throw new TypeError(evil)',
    '       ^',
    '',
    '  last lines of its log',
    '  │ epoch 1',
    '  │ epoch 2',
    '',
    '  exit code 1',
    '',
    '  run run1, kept in file:///project/.sidestep/store/runs/run1',
    '  go on with it: sidestep runs resume run1',
  ])
})

test('shows a hint and what else failed', () => {
  const other = stepEvents({ id: 'c', name: 'other', operator: 'gpu' })
  const error = new SidestepError('the step train failed: it used more than 512 MiB', {
    code: 'JOB_FAILED',
    kind: 'oom',
    hint: 'Ask for more memory.',
  })
  const model = modelOf([
    runStarted(),
    train.started(),
    train.failed(error),
    other.started(),
    other.failed(stepError(new Error('boom'))),
  ])
  const report = failureReport(error, { style: plain, locate, verbose: false, model }).join('\n')
  expect(report).toContain('✖ the step train failed (oom)\n\n  it used more than 512 MiB')
  expect(report).toContain('  hint: Ask for more memory.')
  expect(report).toContain('  also failed: other (step): the step train failed: boom')
})

test('says what of ours met an error of the system, not only the error', () => {
  const cause = Object.assign(new Error('connect ENOENT /nowhere.sock'), { code: 'ENOENT' })
  const error = new SidestepError(`the engine unix:///nowhere.sock gave no answer: ${cause.message}`, {
    code: 'LAUNCH_FAILED',
    kind: 'infra',
    cause,
  })
  const report = failureReport(error, { style: plain, locate, verbose: false }).join('\n')
  expect(report).toContain('the engine unix:///nowhere.sock gave no answer: connect ENOENT /nowhere.sock')
  expect(report).not.toContain('caused by')
})

test('tells the pipeline’s own code from its steps', () => {
  const error = thrown(new RangeError('too far'), `async default (file://${project}/src/pipeline.ts:4:1)`)
  const model = modelOf([runStarted(), { type: 'run.failed', at: at(1), durationMs: 1, error }])
  const report = failureReport(error, { style: plain, locate, verbose: false, model })
  expect(report[0]).toBe('✖ the pipeline penguins failed in its own code, outside of its steps')
  expect(report).toContain('  RangeError: too far')
  expect(report).toContain('  src/pipeline.ts:4:1')
})

test('shows a stack trace only where it is asked for', () => {
  const error = thrown(new Error('boom'), `train (${project}/src/pipeline.ts:3:2)`)
  const report = (verbose: boolean): string => failureReport(error, { style: plain, locate, verbose }).join('\n')
  expect(report(false)).not.toContain('at train')
  expect(report(true)).toContain(`at train (${project}/src/pipeline.ts:3:2)`)
})

test('names a place in a file that cannot be read, relative to the project', () => {
  const error = thrown(new Error('boom'), 'train (src/gone.ts:9:1)')
  expect(failureReport(error, { style: plain, locate, verbose: false })).toContain('  src/gone.ts:9:1')
})

test('points at a syntax error as Node reports it', () => {
  const error = Object.assign(new SyntaxError('Expression expected'), {
    stack: `${project}/src/pipeline.ts:3\n\tthrow new\n  ^\n\nSyntaxError: Expression expected\n    at node:internal/x:1:1`,
  })
  expect(failureReport(error, { style: plain, locate, verbose: false })).toContain('  src/pipeline.ts:3:3')
})

test('lets no escape through, and no flood', () => {
  const evil = '\u001B]0;owned\u0007\u001B[2J\u202E'
  const error = new SidestepError(`${evil}${'long '.repeat(10_000)}`, {
    code: 'JOB_FAILED',
    kind: 'infra',
    hint: evil,
    cause: thrown(new Error(`${evil}\n`.repeat(1_000)), `x (${evil}/src/pipeline.ts:3:2)`),
    job: { exitCode: 1, consoleUrl: `https://example.org/${evil}`, lastLogLines: [`${evil}${'x'.repeat(100_000)}`] },
  })
  const report = failureReport(error, { style: plain, locate, verbose: true }).join('\n')
  expect(report).not.toMatch(/(?!\n)\p{Cc}|\u202E/u)
  const brief = failureReport(error, { style: plain, locate, verbose: false }).join('\n')
  expect(brief.length).toBeLessThan(10_000)
})

test('does not follow a cause in circles', () => {
  const error = new Error('a')
  error.cause = error
  expect(failureReport(error, { style: plain, locate, verbose: false })).toContain('  Error: a')
})

test('reports values that are no errors', () => {
  expect(failureReport('just text', { style: plain, locate, verbose: false })).toContain('  thrown: just text')
  expect(failureReport({ reason: 1 }, { style: plain, locate, verbose: false })).toContain('  thrown: {"reason":1}')
})

test('knows the step of an error that was recorded and read again', () => {
  const [told, again] = [stepError(new Error('boom')), stepError(new Error('boom'))]
  const model = modelOf([runStarted(), train.started(), train.attempt(1), train.failed(told)])
  expect(failureReport(again, { style: plain, locate, verbose: false, model })[0]).toBe(
    '✖ the step train failed (step)',
  )
})

test('of two errors of ours that say the same, the outer one is shown: it has the place', () => {
  const inner = new SidestepError('the operator is not configured right', { code: 'COMPONENT_INVALID', kind: 'config' })
  const outer = new SidestepError(`sidestep.yaml:3:5: ${inner.message}`, {
    code: 'COMPONENT_INVALID',
    kind: 'config',
    cause: inner,
  })
  const model = modelOf([runStarted(), train.started(), train.failed(outer)])
  const report = failureReport(outer, { style: plain, locate: () => undefined, verbose: false, model })
  expect(report.filter((line) => line.includes(inner.message))).toEqual([`  ${outer.message}`])
})

test('what the operating system refuses is no mistake of Sidestep', async () => {
  // A folder in place of a file has a code too, which says nothing of the system.
  const refused = await writeFile(join(project, 'src'), '').catch((error: unknown) => error)
  expect(isUnexpected(refused)).toBe(true)
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
  const report = failureReport(full, { style: plain, locate, verbose: false }).join('\n')
  expect(report).toContain('✖ the operating system refused what Sidestep needs')
  expect(report).toContain('ENOSPC: no space left on device, write')
  expect(report).toContain('hint: Make room on the disk')
  expect(isUnexpected(full)).toBe(false)
})

test('names the code of a failed step, and how the run goes on where only another code helps', () => {
  const error = new SidestepError('the step train failed: .env is not put into an image', {
    code: 'IMAGE_INVALID',
    kind: 'config',
  })
  const model = modelOf([runStarted(), train.started(), train.failed(error)])
  const report = failureReport(error, { style: plain, locate, verbose: false, model })
  expect(report[0]).toBe('✖ the step train failed (config, IMAGE_INVALID)')
  expect(report.at(-1)).toBe('  when the code is mended, go on with it: sidestep runs resume run1 --with-current-code')
})

test('a hint that the message ends with is told once', () => {
  const hint = 'Ask for more memory.'
  const error = new SidestepError(`the step train failed: memory ran out. ${hint}`, {
    code: 'JOB_FAILED',
    kind: 'oom',
    hint,
  })
  const model = modelOf([runStarted(), train.started(), train.failed(error)])
  const report = failureReport(error, { style: plain, locate, verbose: false, model }).join('\n')
  expect(report.split(hint)).toHaveLength(2)
  expect(report).toContain('(oom)')
})

test('a pipeline that fails without an input is told how to be given one', () => {
  const noInputHint = 'Give it an input.'
  const shown = { style: plain, locate, verbose: false, model: modelOf([runStarted()]), noInputHint }
  const report = failureReport(new TypeError("Cannot read properties of undefined (reading 'n')"), shown)
  expect(report).toContain('  hint: Give it an input.')
  expect(report.at(-1)).toContain('--with-current-code')
  expect(failureReport(new RangeError('too far'), shown).join('\n')).not.toContain(noInputHint)
})
