import { codeOf, SidestepError } from '@sidestep/core'
import { expect, test } from 'vitest'
import { outcomeOf } from '../src/run/run-outcome.ts'
import { endError } from '../src/view/end-error.ts'
import { jsonReport } from '../src/view/json-report.ts'
import { at, runStarted } from './helpers/events.ts'
import { modelOf } from './helpers/model.ts'
import { runSummary } from './helpers/summaries.ts'

const model = modelOf([runStarted()])
const recorded = {
  name: 'SidestepError',
  message: 'the step train failed: boom',
  code: 'STEP_FAILED',
  kind: 'step',
  hint: 'Look there.',
  cause: { name: 'RangeError', message: 'boom', stack: 'RangeError: boom\n    at src/pipeline.ts:3:2' },
}

test('a success comes with its result, or with what is left of it', () => {
  expect(outcomeOf(runSummary({ result: 7 }), model)).toEqual({ result: 7 })
  expect(outcomeOf(runSummary({ resultText: 'Map(0) {}' }), model)).toEqual({ resultText: 'Map(0) {}' })
  expect(outcomeOf(runSummary(), model)).toEqual({ result: undefined })
  expect(jsonReport(model, { resultText: 'Map(0) {}' }, { verbose: false })).toMatchObject({ resultText: 'Map(0) {}' })
})

test('a failure comes with the error of its events, else with that of its end', () => {
  const error = new Error('boom')
  const told = modelOf([runStarted(), { type: 'run.failed', at: at(1), durationMs: 1, error }])
  expect(outcomeOf(runSummary({ state: 'failed', error: recorded }), told)).toEqual({ error })
  const outcome = outcomeOf(runSummary({ state: 'failed', error: recorded }), model)
  expect(outcome).toMatchObject({ error: { message: recorded.message, code: 'STEP_FAILED', kind: 'step' } })
})

test('a cancelled run and an unfinished one are told as such', () => {
  const cancelled = outcomeOf(runSummary({ state: 'cancelled' }), model)
  expect('error' in cancelled && codeOf(cancelled.error)).toBe('RUN_CANCELLED')
  const outcome = outcomeOf(runSummary({ state: 'interrupted' }), model)
  expect(outcome).toEqual({ unfinished: 'interrupted' })
  expect(jsonReport(model, outcome, { verbose: false })).toMatchObject({ status: 'interrupted', runId: 'run1' })
})

test('a recorded error is an error again, with its hint, its causes and their places', () => {
  const error = endError(recorded)
  expect(SidestepError.isInstance(error) && [error.code, error.kind, error.hint]).toEqual([
    'STEP_FAILED',
    'step',
    'Look there.',
  ])
  expect(error.cause).toMatchObject({ name: 'RangeError', message: 'boom', stack: recorded.cause.stack })
  expect(error.stack).toBe('SidestepError: the step train failed: boom')
})
