import { expect, test } from 'vitest'

import { SidestepError } from '../../src/errors.ts'
import { decodeEvent, encodeEvent, type RecordedEvent } from '../../src/pipeline/recorded-events.ts'

const base = { at: '2026-03-01T12:00:00.000Z', stepRunId: 'fit-1', stepName: 'fit' }

function throughJson(event: RecordedEvent): RecordedEvent {
  return decodeEvent(JSON.parse(JSON.stringify(encodeEvent(event))) as object)
}

test('an event without an error comes back as it was', () => {
  const event: RecordedEvent = { ...base, type: 'attempt.phase', attempt: 2, phase: 'running', providerState: 'R' }
  expect(throughJson(event)).toEqual(event)
})

test('an error of ours comes back as one, with all that it says, its causes and their frames', () => {
  const root = Object.assign(new RangeError('row 7 is odd'), { row: 7 })
  const error = new SidestepError('the step fit failed: row 7 is odd', {
    code: 'STEP_FAILED',
    kind: 'step',
    hint: 'Look at row 7.',
    cause: new Error('no fit', { cause: root }),
    job: { handle: { id: 'j' }, exitCode: 3, lastLogLines: ['a', 'b'] },
  })
  const read = throughJson({ ...base, type: 'step.failed', durationMs: 3, phases: [], error })
  if (read.type !== 'step.failed') throw new Error('another event')
  expect(SidestepError.isInstance(read.error)).toBe(true)
  expect(read.error).toMatchObject({
    message: error.message,
    code: 'STEP_FAILED',
    kind: 'step',
    hint: 'Look at row 7.',
    job: { handle: { id: 'j' }, exitCode: 3, lastLogLines: ['a', 'b'] },
    cause: { message: 'no fit', cause: { name: 'RangeError', message: 'row 7 is odd', row: 7 } },
  })
  const { cause } = read.error.cause as Error
  expect((cause as Error).stack).toContain('recorded-events.test.ts')
})

test("a user's own error comes back with its name, and what is no error as one", () => {
  const failed = (error: unknown): unknown => {
    const read = throughJson({ type: 'run.failed', at: base.at, durationMs: 1, error })
    return read.type === 'run.failed' ? read.error : undefined
  }
  expect(failed(new TypeError('no'))).toMatchObject({ name: 'TypeError', message: 'no' })
  expect(SidestepError.isInstance(failed(new TypeError('no')))).toBe(false)
  expect(failed('plain')).toMatchObject({ message: expect.stringContaining('plain') as string })
})

test('causes that lead in a circle end somewhere', () => {
  const error = new Error('round')
  error.cause = error
  expect(throughJson({ type: 'run.failed', at: base.at, durationMs: 1, error })).toMatchObject({
    error: { message: 'round', cause: { message: 'round' } },
  })
})
