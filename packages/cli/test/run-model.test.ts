import { expect, test } from 'vitest'
import { leftJobsLines } from '../src/view/left-jobs.ts'
import { at, clock, runStarted, stepError, stepEvents } from './helpers/events.ts'
import { modelOf } from './helpers/model.ts'

const train = stepEvents({ id: 'b', name: 'train', operator: 'gpu' })

test('keeps the end of a log, not all of it', () => {
  const lines = Array.from({ length: 10_000 }, (_, index) => train.log(`line ${index}`))
  const step = modelOf([train.started(), ...lines]).step('b')
  expect(step?.tail).toHaveLength(20)
  expect(step?.tail.at(-1)).toBe('line 9999')
})

test('knows the jobs that live', () => {
  const model = modelOf([train.started(), train.attempt(1), train.handle({ id: 'job-1' })])
  expect(model.liveJobs).toMatchObject([{ attempt: { number: 1, handle: { id: 'job-1' } } }])
  model.apply(train.ended())
  expect(model.liveJobs).toEqual([])
})

test('says what is left behind, and where to look', () => {
  const other = stepEvents({ id: 'c', name: 'other', operator: 'gpu' })
  const model = modelOf([
    runStarted(),
    train.started(),
    train.attempt(1),
    train.handle({ id: 'job-1', pid: 12 }),
    other.started(),
  ])
  expect(leftJobsLines(model)).toEqual([
    'left at once; these jobs were not confirmed as ended:',
    "  train, attempt 1 on gpu: { id: 'job-1', pid: 12 }",
    '  other: was being started; a job may exist',
    "The run's records are in file:///project/.sidestep/store/runs/run1",
  ])
  expect(leftJobsLines(modelOf([runStarted()]))).toEqual(['left at once; no job was left running'])
})

test('knows of a job that is being tried again, and of one that was left running', () => {
  const failed = stepError(new Error('preempted'))
  const again = modelOf([
    runStarted(),
    train.started(),
    train.attempt(1),
    train.handle({ id: 'job-1' }),
    train.ended({ error: failed, willRetry: true }),
    train.attempt(2),
  ])
  expect(leftJobsLines(again)).toContain('  train: was being started; a job may exist')
  const left = modelOf([
    runStarted(),
    train.started(),
    train.attempt(1),
    train.handle({ id: 'job-1' }),
    train.ended({ error: failed, detached: true }),
    train.failed(failed),
  ])
  expect(leftJobsLines(left)).toContain("  train, attempt 1 on gpu: { id: 'job-1' }")
})

test('ends every step with the run', () => {
  const model = modelOf([runStarted(), train.started(), { type: 'run.cancelled', at: at(1), durationMs: 1 }])
  expect(model.status).toBe('cancelled')
  expect(model.step('b')?.status).toBe('stopped')
})

test('ends a run that tells nothing more, but not one that has ended', () => {
  const model = modelOf([runStarted(), train.started()])
  model.fail(new Error('stalled'), clock(700))
  expect(model).toMatchObject({ status: 'failed', durationMs: 700, error: { message: 'stalled' } })
  expect(model.step('b')?.status).toBe('stopped')
  model.fail(new Error('again'), clock(900))
  expect(model.durationMs).toBe(700)
  const unbegun = modelOf([])
  unbegun.fail(new Error('early'), clock(1))
  expect(unbegun.durationMs).toBeUndefined()
})

test('tells a failed step from a succeeded one', () => {
  const error = stepError(new Error('boom'))
  expect(modelOf([train.started(), train.failed(error)]).step('b')).toMatchObject({ status: 'failed', error })
  expect(modelOf([train.started(), train.succeeded(100)]).step('b')).toMatchObject({
    status: 'succeeded',
    durationMs: 100,
  })
})
