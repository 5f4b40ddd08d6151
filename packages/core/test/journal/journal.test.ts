import { expect, test } from 'vitest'

import { Journal } from '../../src/journal/journal.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { errorOf } from '../support/values.ts'
import { launcherRecord, runEnd, runRecord } from './records.ts'
import { journalWith, keyOf, newHome, openJournal } from './support.ts'

test('a run is known as it was added, to everybody who opens the journal', async () => {
  const home = await newHome()
  const journal = await openJournal(home)
  const record = runRecord({ input: { key: 'k', sha256: 's', size: 1, materializer: 'json' } })
  await journal.addRun({ record, storeUri: 'file:///store', projectFolder: '/project' })
  const expected = { record, storeUri: 'file:///store', projectFolder: '/project', fence: 0 }
  expect(await journal.run('r1')).toEqual(expected)
  const other = await openJournal(home)
  expect(await other.run('r1')).toEqual(expected)
  expect(other.id).toBe(journal.id)
  expect(await other.run('r2')).toBeUndefined()
})

test('a run that is added again is the same one, and lies where it was last said to', async () => {
  const journal = await journalWith([])
  const { stack, ...rest } = runRecord()
  await journal.addRun({ record: runRecord(), storeUri: 'file:///store', projectFolder: '/project' })
  // Read from a store, its keys can have another order.
  await journal.addRun({ record: { stack, ...rest }, storeUri: 's3://moved' })
  expect(await journal.run('r1')).toMatchObject({ storeUri: 's3://moved', projectFolder: '/project' })
  expect(await journal.runs()).toHaveLength(1)
})

test('an id names one run', async () => {
  const journal = await journalWith(['r1'])
  const error = await errorOf(journal.addRun({ record: runRecord({ salt: 'other' }), storeUri: 'file:///store' }))
  expect(error).toMatchObject({ code: 'RUN_CONFLICT', kind: 'config' })
  expect(error.message).toContain('r1')
  expect((await journal.run('r1'))?.record.salt).toBe('salt')
})

test('runs are found by pipeline, by the start of their id, and by whether they have ended; the newest come first', async () => {
  const journal = await journalWith([])
  const add = async (runId: string, pipeline: string, day: number): Promise<void> =>
    journal.addRun({
      record: runRecord({ runId, pipeline, startedAt: `2026-01-0${day}T00:00:00.000Z` }),
      storeUri: 'file:///store',
    })
  await add('abc-1', 'penguins', 1)
  await add('abd-2', 'penguins', 3)
  await add('xyz-3', 'whales', 2)
  const writer = await journal.launcher('abc-1', launcherRecord(1))
  await writer.end(runEnd(1))

  const idsOf = async (filter: Parameters<Journal['runs']>[0]): Promise<string[]> =>
    (await journal.runs(filter)).map(({ record }) => record.runId)
  expect(await idsOf({})).toEqual(['abd-2', 'xyz-3', 'abc-1'])
  expect(await idsOf({ limit: 2 })).toEqual(['abd-2', 'xyz-3'])
  expect(await idsOf({ pipeline: 'penguins' })).toEqual(['abd-2', 'abc-1'])
  expect(await idsOf({ idPrefix: 'ab' })).toEqual(['abd-2', 'abc-1'])
  expect(await idsOf({ idPrefix: 'AB' })).toEqual([])
  expect(await idsOf({ idPrefix: 'ab%' })).toEqual([])
  expect(await idsOf({ unfinished: true })).toEqual(['abd-2', 'xyz-3'])
  expect(await idsOf({ unfinished: false })).toEqual(['abc-1'])
  expect(await idsOf({ unfinished: true, pipeline: 'penguins' })).toEqual(['abd-2'])
})

test('an attempt is all that was written of it', async () => {
  const clock = new FakeClock()
  const journal = await journalWith(['r1'], { clock })
  const writer = await journal.launcher('r1', launcherRecord(1))
  const key = keyOf('r1')
  expect(await journal.attemptState(key)).toEqual({ creates: [] })

  await writer.beginAttempt(key, { stepName: 'train', operator: 'gpu', token: 'token-1' })
  await writer.intent(key, { request: 1 })
  await writer.intent(key, { request: 2 })
  await writer.create(key, { n: 2, nonce: 'b', deadline: 'later' })
  await writer.create(key, { n: 1, nonce: 'a', deadline: 'soon' })
  await writer.handle(key, { job: 7 })
  await clock.advance(60_000)
  // Again, as by a launcher that goes on with it.
  await writer.beginAttempt(key, { stepName: 'train', operator: 'gpu', token: 'token-1' })
  const state = {
    intent: { request: 2 },
    creates: [
      { n: 1, nonce: 'a', deadline: 'soon' },
      { n: 2, nonce: 'b', deadline: 'later' },
    ],
    handle: { job: 7 },
  }
  expect(await journal.attemptState(key)).toEqual(state)
  expect(await journal.attempts({ runId: 'r1', open: true })).toEqual([
    {
      key,
      stepName: 'train',
      operator: 'gpu',
      token: 'token-1',
      ...state,
      startedAt: '2026-01-01T00:00:00.000Z',
    },
  ])

  await writer.outcome(key, { status: 'succeeded' })
  expect(await journal.attempts({ runId: 'r1', open: true })).toEqual([])
  expect(await journal.attempts({ open: false })).toMatchObject([
    { key, outcome: { status: 'succeeded' }, endedAt: '2026-01-01T00:01:00.000Z' },
  ])
})

test('the attempt that follows another one is there with its outcome', async () => {
  const journal = await journalWith(['r1', 'r2'])
  const writer = await journal.launcher('r1', launcherRecord(1))
  await writer.beginAttempt(keyOf('r1'), { stepName: 'train', operator: 'gpu', token: 'token-1' })
  await writer.outcome(keyOf('r1'), { status: 'failed', kind: 'capacity', reason: 'no machine' }, { nextAttempt: 2 })
  const second = keyOf('r1', 'train-0', 2)
  const [one, two] = await journal.attempts({ runId: 'r1' })
  expect(one).toMatchObject({ key: keyOf('r1'), outcome: { status: 'failed', kind: 'capacity', reason: 'no machine' } })
  expect(two).toMatchObject({ key: second, stepName: 'train', operator: 'gpu', creates: [] })
  expect(two).not.toHaveProperty('outcome')
  expect(two).not.toHaveProperty('token')

  await writer.beginAttempt(second, { stepName: 'train', operator: 'gpu', token: 'token-2' })
  expect(await journal.attempts({ runId: 'r1', open: true })).toMatchObject([{ key: second, token: 'token-2' }])
  expect(await journal.attempts({ runId: 'r2' })).toEqual([])
})

test('events come back in their order, from where a reader left off', async () => {
  const journal = await journalWith(['r1', 'r2'])
  const one = await journal.launcher('r1', launcherRecord(1))
  const two = await journal.launcher('r2', launcherRecord(1))
  for (let n = 1; n <= 3; n += 1) {
    one.event({ type: 'one', n })
    two.event({ type: 'two', n })
  }
  await one.flush()
  await two.flush()
  const events = await journal.events('r1')
  expect(events.map(({ event }) => event)).toEqual([1, 2, 3].map((n) => ({ type: 'one', n })))
  expect((await journal.events('r1', { after: events[0]!.seq })).map(({ event }) => event)).toEqual([
    { type: 'one', n: 2 },
    { type: 'one', n: 3 },
  ])
  expect(await journal.events('r1', { after: events[2]!.seq })).toEqual([])
})

test('an event is written without being asked for, and before the journal is closed', async () => {
  const home = await newHome()
  const journal = await openJournal(home)
  await journal.addRun({ record: runRecord(), storeUri: 'file:///store' })
  const writer = await journal.launcher('r1', launcherRecord(1))
  writer.event({ n: 1 })
  await new Promise((resolve) => setImmediate(resolve))
  const reader = await openJournal(home)
  expect(await reader.events('r1')).toMatchObject([{ event: { n: 1 } }])
  writer.event({ n: 2 })
  journal.close()
  expect(await reader.events('r1')).toMatchObject([{ event: { n: 1 } }, { event: { n: 2 } }])
})

test('an event that JSON cannot hold is an error of the next flush, and of no other', async () => {
  const journal = await journalWith(['r1'])
  const writer = await journal.launcher('r1', launcherRecord(1))
  writer.event({ n: 1n })
  writer.event({ n: 2 })
  await expect(writer.flush()).rejects.toThrow('an event of the run r1 has no JSON form')
  await writer.flush()
  expect(await journal.events('r1')).toMatchObject([{ event: { n: 2 } }])
})

test('a run has ended when its last launcher says so, and goes on with the next one', async () => {
  const journal = await journalWith(['r1'])
  const first = await journal.launcher('r1', launcherRecord(1))
  const code = { version: 1 as const, bundleSha256: 'abc', sources: [['a.ts', 'def'] as const] }
  await first.code(code)
  await first.end(runEnd(1, { status: 'failed', spent: { 'train-0': 2 } }))
  expect(await journal.run('r1')).toMatchObject({ fence: 1, launcher: launcherRecord(1), code, end: { n: 1 } })

  await journal.launcher('r1', launcherRecord(2))
  const run = await journal.run('r1')
  expect(run).toMatchObject({ fence: 2, launcher: launcherRecord(2), code })
  expect(run).not.toHaveProperty('end')
})

test('a request to cancel is for the launcher that it finds, and not for the next one', async () => {
  const journal = await journalWith(['r1'])
  await journal.launcher('r1', launcherRecord(1))
  expect(journal.cancelRequested('r1', 1)).toBe(false)
  await journal.requestCancel('r1', 'first')
  await journal.requestCancel('r1', 'second')
  expect(journal.cancelRequested('r1', 1)).toBe(true)
  expect((await journal.run('r1'))?.cancelRequestedAt).toBe('first')
  await journal.launcher('r1', launcherRecord(2))
  expect(journal.cancelRequested('r1', 2)).toBe(false)
  expect(await journal.run('r1')).not.toHaveProperty('cancelRequestedAt')
})

test('a request to cancel reaches a launcher that the journal does not know yet, and those before it', async () => {
  const journal = await journalWith(['r1'])
  await journal.launcher('r1', launcherRecord(1))
  // Its owner is read in the store, where a launcher is before it is in the journal.
  await journal.requestCancel('r1', 'now', 2)
  await journal.launcher('r1', launcherRecord(2))
  expect([1, 2, 3].map((n) => journal.cancelRequested('r1', n))).toEqual([true, true, false])
  expect((await journal.run('r1'))?.cancelRequestedAt).toBe('now')
  await journal.requestCancel('r1', 'late, for one that has lost the run', 1)
  expect(journal.cancelRequested('r1', 2)).toBe(true)
  await journal.requestCancel('r1', 'again', 3)
  expect(journal.cancelRequested('r1', 3)).toBe(true)
})

test('an attempt whose job was left running is open again when it is begun again', async () => {
  const journal = await journalWith(['r1'])
  const about = { stepName: 'train', operator: 'gpu', token: 'token-1' }
  const first = await journal.launcher('r1', launcherRecord(1))
  const [left, failed] = [keyOf('r1', 'left-0'), keyOf('r1', 'failed-0')]
  await first.beginAttempt(left, about)
  await first.outcome(left, { status: 'detached', kind: 'stopped' })
  await first.beginAttempt(failed, about)
  await first.outcome(failed, { status: 'failed', kind: 'step' })
  const second = await journal.launcher('r1', launcherRecord(2))
  expect(await journal.attempts({ open: true })).toEqual([])
  await second.beginAttempt(left, about)
  await second.beginAttempt(failed, about)
  const open = await journal.attempts({ open: true })
  expect(open).toMatchObject([{ key: left }])
  expect(open[0]).not.toHaveProperty('endedAt')
  expect(await journal.attempts({ open: false })).toMatchObject([
    { key: failed, outcome: { status: 'failed' }, endedAt: expect.any(String) },
  ])
})

test('a run that the journal does not know is named', async () => {
  const journal = await journalWith([])
  const unknown = { code: 'RUN_UNKNOWN', kind: 'config', message: expect.stringContaining('r9') }
  expect(await errorOf(journal.requestCancel('r9', 'now'))).toMatchObject(unknown)
  expect(await errorOf(journal.launcher('r9', launcherRecord(1)))).toMatchObject(unknown)
  expect(journal.cancelRequested('r9', 1)).toBe(false)
  expect(await journal.events('r9')).toEqual([])
})
