import { DatabaseSync } from 'node:sqlite'

import { expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { createKey, handleKey } from '../../src/artifact/layout.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { Launcher } from '../../src/journal/launcher.ts'
import { MirroredAttempt } from '../../src/journal/mirrored-attempt.ts'
import { FolderStore } from '../support/folder-store.ts'
import { errorOf } from '../support/values.ts'
import { journalWith, keyOf } from './support.ts'

const key = keyOf('r1')
const about = { stepName: 'train', operator: 'gpu', token: 'token-1' }
const create = (n: number): { n: number; nonce: string; deadline: string } => ({
  n,
  nonce: `nonce-${n}`,
  deadline: '2026-01-01T00:02:00.000Z',
})

/** The record of the attempt as launcher n of the run has it. */
async function recordOf(n: number, store: FolderStore, journal: Journal): Promise<MirroredAttempt> {
  const at = new Date('2026-01-01T00:00:00.000Z')
  const launcher = await Launcher.claim('r1', n, { store, journalId: journal.id, at })
  if (launcher === undefined) throw new Error(`somebody else is launcher ${n}`)
  const writer = await journal.launcher('r1', launcher.record)
  return new MirroredAttempt(key, about, { journal, writer, launcher, store })
}

test('an attempt that was left running is open as soon as a later launcher reads it', async () => {
  await using store = await FolderStore.temporary()
  const journal = await journalWith(['r1'])
  const first = await recordOf(1, store, journal)
  await first.create(create(1))
  await first.handle({ id: 'job-1' })
  await first.ended({ status: 'detached', kind: 'stopped', reason: 'left running' }, {})
  expect(await journal.attempts({ open: true })).toEqual([])
  const second = await recordOf(2, store, journal)
  expect(await second.read()).toEqual({ creates: [create(1)], handle: { id: 'job-1' } })
  expect(await journal.attempts({ open: true })).toMatchObject([{ key, handle: { id: 'job-1' } }])
  await second.ended({ status: 'succeeded' }, {})
  expect(await journal.attempts({ open: false })).toMatchObject([{ key, outcome: { status: 'succeeded' } }])
})

test('an attempt of another machine is in the journal as soon as it is read', async () => {
  await using store = await FolderStore.temporary()
  const elsewhere = await recordOf(1, store, await journalWith(['r1']))
  await elsewhere.create(create(1))
  const journal = await journalWith(['r1'])
  const here = await recordOf(2, store, journal)
  expect(await here.read()).toEqual({ creates: [create(1)] })
  expect(await journal.attempts({ open: true })).toMatchObject([{ key, ...about }])
})

test('create calls that the journal knows in part are told by their number', async () => {
  await using store = await FolderStore.temporary()
  const journal = await journalWith(['r1'])
  // The first call was of another machine, and the launcher of the second one died before it could say so in the store.
  await store.put(createKey(key, 1), encodeJson(create(1)))
  const writer = await journal.launcher(
    'r1',
    (await Launcher.claim('r1', 1, {
      store,
      journalId: journal.id,
      at: new Date(0),
    }))!.record,
  )
  await writer.create(key, create(2))
  const record = await recordOf(2, store, journal)
  expect(await record.read()).toEqual({ creates: [create(1), create(2)] })
  expect(await store.stat(createKey(key, 2))).toBeDefined()
  expect(await store.stat(handleKey(key))).toBeUndefined()
})

test('a journal that was busy when the attempt began does not fail what is written later', async () => {
  await using store = await FolderStore.temporary()
  const journal = await journalWith(['r1'], { busyTimeoutMs: 1 })
  const record = await recordOf(1, store, journal)
  using other = new DatabaseSync(journal.path)
  other.exec('begin immediate')
  expect(await errorOf(record.begin())).toMatchObject({ code: 'JOURNAL_FAILED' })
  other.exec('rollback')
  await record.handle({ id: 'job-1' })
  expect(await journal.attempts({ open: true })).toMatchObject([{ key, handle: { id: 'job-1' } }])
})
