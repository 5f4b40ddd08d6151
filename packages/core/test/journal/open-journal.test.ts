import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'

import { systemClock } from '../../src/clock.ts'
import { Journal } from '../../src/journal/journal.ts'
import { journalError } from '../../src/journal/journal-error.ts'
import { MIGRATIONS } from '../../src/journal/migrations.ts'
import { openDatabase } from '../../src/journal/open-database.ts'
import { errorOf } from '../support/values.ts'
import { launcherRecord, runRecord } from './records.ts'
import { keyOf, newHome, openJournal, outputOf, start } from './support.ts'

const failed = (kind: 'config' | 'infra'): object => ({ code: 'JOURNAL_FAILED', kind })

/** Overwrites a file in place, as a bad disk would. */
function overwrite(path: string, offset: number, bytes: Buffer): void {
  const content = readFileSync(path)
  bytes.copy(content, offset)
  writeFileSync(path, content)
}

/** Runs the command that an error proposes. */
function follow(hint: string | undefined): void {
  const command = /: (mkdir .*) - /.exec(hint ?? '')?.[1]
  execFileSync('sh', ['-c', command ?? 'exit 9'])
}

/** Takes the right to write from everybody, root too; `false` where this system cannot. */
function makeReadOnly(path: string): boolean {
  if (process.getuid?.() !== 0) {
    chmodSync(path, 0o400)
    onTestFinished(() => chmodSync(path, 0o600))
    return true
  }
  try {
    execFileSync('chattr', ['+i', path], { stdio: 'ignore' })
  } catch {
    return false
  }
  onTestFinished(() => void execFileSync('chattr', ['-i', path]))
  return true
}

test('a new journal is this user’s alone, and leaves nothing beside it', async () => {
  const home = join(await newHome(), 'new', '.sidestep')
  const journal = await openJournal(home)
  expect(journal.path).toBe(join(home, 'journal.db'))
  expect(statSync(journal.path).mode & 0o777).toBe(0o600)
  expect(statSync(home).mode & 0o777).toBe(0o700)
  journal.close()
  expect(readdirSync(home).toSorted()).toEqual(['.gitignore', 'journal-id', 'journal.db'])
})

test('eight processes that open a new home at once share one journal', { timeout: 90_000 }, async () => {
  const home = await newHome()
  const runIds = Array.from({ length: 8 }, (_, index) => `r${index}`)
  const outputs = await Promise.all(
    runIds.map((runId) => outputOf(start('writes-intents.ts', [home, runId, '100', '5']))),
  )
  expect(outputs).toEqual(runIds.map(() => '1\n2\n3\n4\n5\n'))
  const journal = await openJournal(home)
  expect((await journal.runs()).map(({ record }) => record.runId).toSorted()).toEqual(runIds)
  expect(await journal.attempts()).toHaveLength(8 * 5)
})

test('many that find a journal without tables bring it up to date once', async () => {
  const home = await newHome()
  writeFileSync(join(home, 'journal.db'), '')
  const journals = await Promise.all(Array.from({ length: 8 }, () => openJournal(home)))
  await journals[0]!.addRun({ record: runRecord(), storeUri: 'file:///store' })
  for (const journal of journals) expect(await journal.run('r1')).toBeDefined()
})

test('a journal of an earlier release is brought up to date, with all that it holds', async () => {
  const home = await newHome()
  const older = await openJournal(home)
  await older.addRun({ record: runRecord(), storeUri: 'file:///store' })
  const next = {
    name: '9999-note',
    up: async (database: Parameters<(typeof MIGRATIONS)[number]['up']>[0]) => {
      await sql`alter table runs add column note text default 'none'`.execute(database)
    },
  }
  const newerRelease = { clock: systemClock, busyTimeoutMs: 5_000, migrations: [...MIGRATIONS, next] }
  const databases = await Promise.all([1, 2, 3].map(() => openDatabase(home, newerRelease)))
  for (const { durable, events, queries } of databases) {
    expect(durable.get(queries.oneRun, { runId: 'r1' })).toMatchObject({ run_id: 'r1', note: 'none' })
    events.close()
    durable.close()
  }

  // The process with the earlier release, which has it open, goes on; one that comes later must not.
  expect(await older.run('r1')).toBeDefined()
  const error = await errorOf(Journal.open(home))
  expect(error).toMatchObject(failed('config'))
  const [version, known] = [MIGRATIONS.length + 1, MIGRATIONS.length]
  expect(error.message).toContain(`newer Sidestep: its version is ${version}, and this one knows those up to ${known}`)
  expect(error.hint).toContain('Update Sidestep')
})

test('a migration that fails leaves the journal as it was', async () => {
  const home = await newHome()
  const journal = await openJournal(home)
  const broken = {
    name: '9999-broken',
    up: async (database: Parameters<(typeof MIGRATIONS)[number]['up']>[0]) => {
      await sql`alter table runs add column note text`.execute(database)
      throw new Error('half of it')
    },
  }
  const options = { clock: systemClock, busyTimeoutMs: 5_000, migrations: [...MIGRATIONS, broken] }
  await expect(openDatabase(home, options)).rejects.toThrow('half of it')
  await journal.addRun({ record: runRecord(), storeUri: 'file:///store' })
  using database = new DatabaseSync(journal.path)
  expect(database.prepare('select * from runs').get()).not.toHaveProperty('note')
})

test('a file that is no database is moved aside by the command in the error', async () => {
  const home = join(await newHome(), "it's")
  mkdirSync(home)
  const path = join(home, 'journal.db')
  writeFileSync(path, 'not a database '.repeat(1_000))
  writeFileSync(`${path}-shm`, 'old')
  const error = await errorOf(Journal.open(home))
  expect(error).toMatchObject(failed('config'))
  expect(error.message).toContain(path)
  expect(error.hint).toContain('sidestep runs attach <store>/runs/<id>')

  follow(error.hint)
  expect(readdirSync(join(home, 'damaged-journal')).toSorted()).toEqual(['journal.db', 'journal.db-shm'])
  const journal = await openJournal(home)
  expect(await journal.runs()).toEqual([])
})

test('damage inside of the journal is met when it is read, and said', async () => {
  const home = await newHome()
  const journal = await Journal.open(home)
  await journal.addRun({ record: runRecord(), storeUri: 'file:///store' })
  const { path } = journal
  journal.close()
  overwrite(path, 4_096, Buffer.alloc(statSync(path).size - 4_096, 0xff))
  const damaged = await openJournal(home)
  const error = await errorOf(damaged.runs())
  expect(error).toMatchObject(failed('config'))
  expect(error.message).toContain('is damaged')
})

test('what is left of a journal that is gone is not taken for the writes of a new one', async () => {
  const home = await newHome()
  writeFileSync(join(home, 'journal.db-wal'), 'old')
  const error = await errorOf(Journal.open(home))
  expect(error).toMatchObject(failed('config'))
  expect(error.message).toContain('journal.db-wal is there')
  follow(error.hint)
  await openJournal(home)
})

test('a journal that another process holds for too long fails the write, and works again afterwards', async () => {
  const home = await newHome()
  const journal = await openJournal(home, { busyTimeoutMs: 50 })
  using other = new DatabaseSync(journal.path)
  other.exec('begin immediate')
  const add = async (): Promise<void> => journal.addRun({ record: runRecord(), storeUri: 'file:///store' })
  const error = await errorOf(add())
  expect(error).toMatchObject(failed('infra'))
  expect(error.message).toContain('another process')
  other.exec('rollback')
  await add()
  expect(await journal.run('r1')).toBeDefined()
})

test('events wait for another process that holds the journal', async () => {
  const home = await newHome()
  const journal = await openJournal(home, { busyTimeoutMs: 10 })
  await journal.addRun({ record: runRecord(), storeUri: 'file:///store' })
  const writer = await journal.launcher('r1', launcherRecord(1))
  using other = new DatabaseSync(journal.path)
  other.exec('begin immediate')
  writer.event({ n: 1 })
  await new Promise((resolve) => setTimeout(resolve, 50))
  other.exec('rollback')
  writer.event({ n: 2 })
  await writer.flush()
  expect((await journal.events('r1')).map(({ event }) => event)).toEqual([{ n: 1 }, { n: 2 }])
})

test('a journal that is locked while it is opened is an error that says so', async () => {
  const home = await newHome()
  writeFileSync(join(home, 'journal.db'), '')
  using other = new DatabaseSync(join(home, 'journal.db'))
  other.exec('begin exclusive')
  expect(await errorOf(Journal.open(home, { busyTimeoutMs: 60 }))).toMatchObject(failed('infra'))
})

test('a journal that this user must not write is an error that names the way out', async ({ skip }) => {
  const home = await newHome()
  const journal = await Journal.open(home)
  journal.close()
  if (!makeReadOnly(journal.path)) skip('root can write everything here')
  const error = await errorOf(Journal.open(home))
  expect(error).toMatchObject(failed('config'))
  expect(error.hint).toContain('SIDESTEP_HOME')
})

test('a folder in the place of the journal is an error that names the way out', async () => {
  const home = await newHome()
  mkdirSync(join(home, 'journal.db'))
  const error = await errorOf(Journal.open(home))
  expect(error).toMatchObject(failed('config'))
  expect(error.hint).toContain('SIDESTEP_HOME')
})

test('a file that cannot grow is an error of the write, and what was promised before is there', async () => {
  const home = await newHome()
  const empty = await Journal.open(home)
  empty.close()
  const limited = ['sh', '-c', 'ulimit -f 2000 && exec "$@"', 'sh']
  const output = await outputOf(start('writes-intents.ts', [home, 'r1', '100000'], limited))
  const lines = output.trim().split('\n')
  const error = JSON.parse(lines.at(-1)!) as { readonly hint: string }
  expect(error).toMatchObject(failed('infra'))
  expect(error.hint).toContain('SIDESTEP_HOME')
  expect(lines.length).toBeGreaterThan(2)
  const journal = await openJournal(home)
  for (const attempt of lines.slice(0, -1).map(Number)) {
    expect((await journal.attemptState(keyOf('r1', 'train-0', attempt))).intent).toMatchObject({ attempt })
  }
})

test('a full disk is said to be full', () => {
  using full = new DatabaseSync(':memory:')
  full.exec('pragma max_page_count = 2; create table t (x text)')
  expect(() => {
    try {
      full.exec(`insert into t values ('${'x'.repeat(100_000)}')`)
    } catch (error) {
      throw journalError(error, '/home/journal.db')
    }
  }).toThrow('the disk has no room for the journal /home/journal.db')
})
