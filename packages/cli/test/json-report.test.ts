import { expect, test } from 'vitest'
import { isJsonSafe } from '../src/view/json-safe.ts'
import { jsonReport } from '../src/view/json-report.ts'
import { resultText } from '../src/view/result-text.ts'
import { at, jobProcess, runStarted, stepError, stepEvents } from './helpers/events.ts'
import { modelOf } from './helpers/model.ts'

const train = stepEvents({ id: 'b', name: 'train', operator: 'gpu' })
const brief = { verbose: false }

test('holds the result and every step', () => {
  const model = modelOf([
    runStarted(),
    train.started(),
    train.attempt(),
    train.ended(),
    train.succeeded(1_200),
    { type: 'run.succeeded', at: at(1_300), durationMs: 1_300 },
  ])
  expect(jsonReport(model, { result: { accuracy: 0.98 } }, brief)).toMatchObject({
    runId: 'run1',
    pipeline: 'penguins',
    stack: 'default',
    status: 'succeeded',
    durationMs: 1_300,
    result: { accuracy: 0.98 },
    warnings: [],
    steps: [
      {
        label: 'train',
        name: 'train',
        stepRunId: 'b',
        operator: 'gpu',
        status: 'succeeded',
        cached: false,
        durationMs: 1_200,
        phases: [
          { phase: 'queued', durationMs: 200 },
          { phase: 'running', durationMs: 1_000 },
        ],
        process: { pid: 4711, folder: '/project/.sidestep/jobs/abc' },
        attempts: [{ number: 1, status: 'succeeded' }],
      },
    ],
  })
})

test('holds the error with its causes and the step that failed', () => {
  const error = stepError(new TypeError('boom', { cause: Object.assign(new Error('inner'), { code: 'ENOENT' }) }))
  const model = modelOf([
    runStarted(),
    train.started(),
    train.failed(error),
    { type: 'run.failed', at: at(1), durationMs: 1, error },
  ])
  const report = jsonReport(model, { error }, brief)
  expect(report).toMatchObject({
    status: 'failed',
    error: {
      name: 'SidestepError',
      code: 'STEP_FAILED',
      kind: 'step',
      step: 'train',
      cause: { name: 'TypeError', message: 'boom', cause: { name: 'Error', code: 'ENOENT', message: 'inner' } },
    },
    steps: [{ status: 'failed', error: { kind: 'step' } }],
  })
  expect('result' in report).toBe(false)
  expect(report.error?.cause?.stack).toBeUndefined()
  expect(jsonReport(model, { error }, { verbose: true }).error?.cause?.stack).toContain('TypeError: boom\n    at ')
})

test('keeps hint, code and kind of errors that come from a job as plain errors', () => {
  const refused = { name: 'SidestepError', code: 'CONFIG_INVALID', kind: 'config', hint: 'Set it.' }
  const error = stepError(Object.assign(new Error('no key'), refused))
  expect(jsonReport(modelOf([runStarted()]), { error }, brief).error?.cause).toEqual({ ...refused, message: 'no key' })
  const own = Object.assign(new Error('mine'), { kind: 'odd', hint: 'Try again.' })
  expect(jsonReport(modelOf([]), { error: own }, brief).error).toEqual({
    name: 'Error',
    message: 'mine',
    hint: 'Try again.',
  })
})

test('tells where a failed step ran', () => {
  const model = modelOf([runStarted(), train.started(), train.failed(stepError(new Error('boom'), [], jobProcess))])
  expect(jsonReport(model, { error: new Error('boom') }, brief).steps).toMatchObject([
    { status: 'failed', process: { pid: 4711, folder: '/project/.sidestep/jobs/abc' } },
  ])
})

test('is a document even where the run never began', () => {
  expect(jsonReport(modelOf([]), { error: new Error('no file') }, brief)).toEqual({
    runId: null,
    pipeline: null,
    stack: null,
    status: 'failed',
    durationMs: null,
    error: { name: 'Error', message: 'no file' },
    warnings: [],
    steps: [],
  })
})

test('shows a result that JSON cannot hold as text', () => {
  const model = modelOf([runStarted()])
  expect(jsonReport(model, { result: undefined }, brief)).toMatchObject({ result: null })
  const report = jsonReport(model, { result: new Map([['a', 1n]]) }, brief)
  expect(report).toMatchObject({ resultText: "Map(1) { 'a' => 1n }" })
  expect('result' in report).toBe(false)
})

test.each([
  [{ a: [1, 'x', null, true, { b: [] }] }, true],
  [Object.create(null), true],
  [Number.NaN, false],
  [{ a: undefined }, false],
  [new Date(), false],
  [[1n], false],
  [new Map(), false],
])('%o is JSON-safe: %s', (value, safe) => {
  expect(isJsonSafe(value)).toBe(safe)
})

test('knows a circle from a value that occurs twice', () => {
  const twice = { a: 1 }
  expect(isJsonSafe([twice, twice])).toBe(true)
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  expect(isJsonSafe(circle)).toBe(false)
})

test('prints a result for its reader', () => {
  expect(resultText(undefined, { terminal: true })).toBeUndefined()
  expect(resultText('text \u001B[31mred', { terminal: true })).toBe('text red')
  expect(resultText('text \u001B[31mred', { terminal: false })).toBe('text \u001B[31mred')
  expect(resultText({ a: 1 }, { terminal: false })).toBe('{"a":1}')
  expect(
    JSON.parse(
      resultText(
        Array.from({ length: 500 }, (_, i) => i),
        { terminal: false },
      ) ?? '',
    ),
  ).toHaveLength(500)
  expect(resultText(new Set([1]), { terminal: false })).toBe('Set(1) { 1 }')
})
