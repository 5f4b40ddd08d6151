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

test('calls steps what an earlier launcher called them, in whatever order they come now', () => {
  const [first, second, third] = ['x', 'y', 'z'].map((id) => stepEvents({ id, name: 'fit' }))
  const model = modelOf([])
  model.keepLabels([
    runStarted(),
    ...[first, second].map((step) => step?.started()).filter((event) => event !== undefined),
  ])
  expect(model.steps).toEqual([])
  for (const step of [third, second, first]) if (step !== undefined) model.apply(step.started())
  expect(['x', 'y', 'z'].map((id) => model.step(id)?.label)).toEqual(['fit', 'fit#2', 'fit#3'])
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
    '  train, attempt 1 on gpu: job job-1',
    '  other: was being started; a job may exist',
    "The run's records are in file:///project/.sidestep/store/runs/run1",
    'go on with it: sidestep runs resume run1',
    'end it: sidestep runs cancel run1',
  ])
  expect(leftJobsLines(modelOf([runStarted()]))).toEqual([
    'left at once; no job was left running',
    'go on with it: sidestep runs resume run1',
  ])
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
  expect(leftJobsLines(left)).toContain('  train, attempt 1 on gpu: job job-1')
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

test('tells a run of two launchers: what the first one finished stays told, what failed is tried again', () => {
  const load = stepEvents({ id: 'a', name: 'load' })
  const failed = stepError(new Error('boom'))
  const model = modelOf([
    runStarted(),
    load.started(),
    load.succeeded(300),
    train.started(),
    train.attempt(1),
    train.ended({ error: failed }),
    train.failed(failed),
    { type: 'run.failed', at: at(1_000), durationMs: 1_000, error: failed },
    runStarted({ launcher: 2, ms: 60_000 }),
    load.started(60_001),
    load.kept(60_004),
    train.started(60_005),
    train.attempt(2),
  ])
  expect(model).toMatchObject({ status: 'running', startedAt: clock(60_000) })
  expect([model.durationMs, model.error]).toEqual([undefined, undefined])
  expect(model.step('a')).toMatchObject({ status: 'succeeded', kept: false, durationMs: 300, label: 'load' })
  expect(model.step('a')?.phases).toHaveLength(2)
  expect(model.step('b')).toMatchObject({ status: 'running', attempts: [{ status: 'failed' }, { status: 'running' }] })
  expect(model.step('b')?.error).toBeUndefined()
  model.apply(train.succeeded(900))
  expect(model.step('b')).toMatchObject({ status: 'succeeded', durationMs: 900 })
})

test('a step whose end nobody told, and whose result was there, is kept', () => {
  const model = modelOf([train.started(), train.attempt(1), runStarted({ launcher: 2 }), train.started(), train.kept()])
  expect(model.step('b')).toMatchObject({ status: 'succeeded', kept: true })
})
