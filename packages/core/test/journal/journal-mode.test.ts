import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { systemClock } from '../../src/clock.ts'
import { chooseJournalMode, type JournalMode } from '../../src/journal/journal-mode.ts'
import { openDatabase, type JournalDatabase } from '../../src/journal/open-database.ts'
import { addRun, oneRun } from '../../src/journal/run-queries.ts'
import { errorOf } from '../support/values.ts'
import { newHome } from './support.ts'

const EXT4 = 0xef53

async function openIn(home: string, mode: JournalMode, busyTimeoutMs = 5_000): Promise<JournalDatabase> {
  const database = await openDatabase(home, { clock: systemClock, busyTimeoutMs, mode })
  onTestFinished(() => close(database))
  return database
}

function close({ events, durable }: JournalDatabase): void {
  events.close()
  durable.close()
}

function modeOf(home: string): unknown {
  using database = new DatabaseSync(join(home, 'journal.db'))
  return database.prepare('pragma journal_mode').get()?.['journal_mode']
}

function add({ durable }: JournalDatabase, runId: string): void {
  const values = {
    runId,
    pipeline: 'p',
    startedAt: 'now',
    record: '{}',
    storeUri: 'file:///store',
    projectFolder: null,
  }
  durable.transaction(() => durable.run(addRun, values))
}

test.each([
  ['3.51.3', 'wal'],
  ['3.53.4', 'wal'],
  ['4.0.0', 'wal'],
  ['3.51.2', 'delete'],
  ['3.50.4', 'delete'],
  ['3.9.9', 'delete'],
])('SQLite %s on a disk of this machine keeps its journal in the mode %s', (sqliteVersion, mode) => {
  expect(chooseJournalMode({ sqliteVersion, platform: 'linux', fileSystemType: EXT4 })).toBe(mode)
})

test.each([
  ['nfs', 0x6969],
  ['smb2', 0xfe534d42],
  ['smb2, on a system of 32 bits', 0xfe534d42 | 0],
  ['fuse', 0x65735546],
  ['9p', 0x01021997],
  ['lustre', 0x0bd00bd0],
])('no shared memory is expected of %s', (_name, fileSystemType) => {
  expect(chooseJournalMode({ sqliteVersion: '3.53.4', platform: 'linux', fileSystemType })).toBe('delete')
})

test('where the system does not say what a file system is, WAL is not tried', () => {
  expect(chooseJournalMode({ sqliteVersion: '3.53.4', platform: 'darwin', fileSystemType: 26 })).toBe('delete')
})

test('a journal in WAL mode leaves it for a process that must not use it, with all that it holds', async () => {
  const home = await newHome()
  const before = await openIn(home, 'wal')
  add(before, 'r1')
  close(before)
  expect(modeOf(home)).toBe('wal')

  const after = await openIn(home, 'delete')
  expect(modeOf(home)).toBe('delete')
  expect(after.durable.get(oneRun, { runId: 'r1' })).toMatchObject({ run_id: 'r1' })
  add(after, 'r2')
  // Whoever could use WAL leaves it as it is.
  const third = await openIn(home, 'wal')
  expect(modeOf(home)).toBe('delete')
  add(third, 'r3')
  expect(after.durable.get(oneRun, { runId: 'r3' })).toBeDefined()
})

test('a journal that others keep in WAL mode is refused by a process that must not use it', async () => {
  const home = await newHome()
  const other = await openIn(home, 'wal')
  add(other, 'r1')
  const error = await errorOf(openIn(home, 'delete', 100))
  expect(error).toMatchObject({ code: 'JOURNAL_FAILED', kind: 'infra' })
  expect(error.hint).toContain('Use the same Node.js')
  add(other, 'r2')
  expect(modeOf(home)).toBe('wal')
})
