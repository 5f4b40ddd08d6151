import { expect, test } from 'vitest'

import type { Journal, RunWriter } from '../../src/journal/journal.ts'
import { errorOf, thrownBy } from '../support/values.ts'
import { launcherRecord, runEnd } from './records.ts'
import { journalWith, keyOf, openJournal } from './support.ts'

const takenOver = { code: 'RUN_TAKEN_OVER', kind: 'infra', message: expect.stringContaining('r1') }

/** Two journals of one home, as two processes have them: the second has taken the run over. */
async function takenOverRun(): Promise<{
  readonly journal: Journal
  readonly older: RunWriter
  readonly newer: RunWriter
}> {
  const journal = await journalWith(['r1'])
  const older = await journal.launcher('r1', launcherRecord(1))
  await older.beginAttempt(keyOf('r1'), { stepName: 'train', operator: 'gpu', token: 'token' })
  older.check()
  const other = await openJournal(journal.path.slice(0, -'/journal.db'.length))
  return { journal, older, newer: await other.launcher('r1', launcherRecord(2)) }
}

const writes: Readonly<Record<string, (writer: RunWriter) => Promise<void>>> = {
  beginAttempt: (writer) => writer.beginAttempt(keyOf('r1', 'other-0'), { stepName: 'other' }),
  intent: (writer) => writer.intent(keyOf('r1'), { request: 1 }),
  create: (writer) => writer.create(keyOf('r1'), { n: 1, nonce: 'a', deadline: 'soon' }),
  handle: (writer) => writer.handle(keyOf('r1'), { job: 1 }),
  outcome: (writer) => writer.outcome(keyOf('r1'), { status: 'failed' }, { nextAttempt: 2 }),
  code: (writer) => writer.code({ version: 1, bundleSha256: 'abc', sources: [] }),
  end: (writer) => writer.end(runEnd(1)),
}

test.each(Object.keys(writes))(
  'a launcher that lost its run changes nothing by %s, and the other one can',
  async (name) => {
    const { journal, older, newer } = await takenOverRun()
    const state = async (): Promise<object> => ({ run: await journal.run('r1'), attempts: await journal.attempts() })
    const before = await state()
    expect(await errorOf(writes[name]!(older))).toMatchObject(takenOver)
    expect(await state()).toEqual(before)
    await writes[name]!(newer)
    expect(await state()).not.toEqual(before)
  },
)

test('a launcher that lost its run is told when it asks', async () => {
  const { older, newer } = await takenOverRun()
  expect(thrownBy(() => older.check())).toMatchObject(takenOver)
  newer.check()
})

test('events of a launcher that lost its run are refused', async () => {
  const { journal, older, newer } = await takenOverRun()
  older.event({ from: 'older' })
  await new Promise((resolve) => setImmediate(resolve))
  newer.event({ from: 'newer' })
  await newer.flush()
  expect(await errorOf(older.flush())).toMatchObject(takenOver)
  // Once: what could not be written is gone.
  await older.flush()
  expect((await journal.events('r1')).map(({ event }) => event)).toEqual([{ from: 'newer' }])
})

test('a journal that is closed by a launcher that lost its run is closed without an error', async () => {
  const { journal, older } = await takenOverRun()
  older.event({ from: 'older' })
  journal.close()
  const again = await openJournal(journal.path.slice(0, -'/journal.db'.length))
  expect(await again.events('r1')).toEqual([])
})

test('the fence never goes down, and the same launcher may come again', async () => {
  const { journal } = await takenOverRun()
  expect(await errorOf(journal.launcher('r1', launcherRecord(1)))).toMatchObject(takenOver)
  const again = await journal.launcher('r1', launcherRecord(2))
  await again.end(runEnd(2))
  expect(await journal.run('r1')).toMatchObject({ fence: 2, end: { n: 2 } })
  await journal.launcher('r1', launcherRecord(2))
  expect(await journal.run('r1')).toMatchObject({ fence: 2, end: { n: 2 } })
})
