import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { access, constants, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'

import { createFile } from '../atomic-file.ts'
import type { Clock } from '../clock.ts'
import * as attemptQueries from './attempt-queries.ts'
import { Connection } from './connection.ts'
import { damaged, inUnsafeMode, isBusy, journalError, newer } from './journal-error.ts'
import { journalModeFor, type JournalMode } from './journal-mode.ts'
import { MIGRATIONS, type Migration } from './migrations.ts'
import * as runQueries from './run-queries.ts'
import { loadSqlite, readPragma } from './sqlite.ts'

/** How often a journal that another process holds is tried again, in milliseconds. */
const TRY_AGAIN_MS = 25

export interface OpenDatabaseOptions {
  readonly clock: Clock
  readonly busyTimeoutMs: number
  /** Default: what is safe here. */
  readonly mode?: JournalMode
  /** Default: those of this release. */
  readonly migrations?: readonly Migration[]
}

/** The database of a journal: up to date, and open twice. */
export interface JournalDatabase {
  readonly path: string
  /** For what must be on the disk before anything is done about it. */
  readonly durable: Connection
  /** For what a power cut may take the last moments of. */
  readonly events: Connection
  readonly queries: typeof runQueries & typeof attemptQueries
}

/**
 * Opens the journal of a home folder, which exists. Makes it, or brings it up to date, where that is due.
 *
 * Nothing here may read the file but SQLite: the system drops all locks that a process has on a file when it closes the
 * file once, and so those of a journal that this process has open already.
 */
export async function openDatabase(home: string, options: OpenDatabaseOptions): Promise<JournalDatabase> {
  const { busyTimeoutMs, migrations = MIGRATIONS } = options
  const path = join(home, 'journal.db')
  try {
    const wanted = options.mode ?? (await journalModeFor(home))
    if (!existsSync(path)) await create(path, { mode: wanted, migrations })
    await access(path, constants.W_OK)
    // A journal that is not in WAL mode stays so: a process with an older SQLite may have it open, and would follow.
    if (wanted === 'delete') await leaveWalMode(path, options)
    const mode = await bringUpToDate(path, { ...options, migrations })
    // Without WAL, only `extra` has the end of a transaction on the disk too: else a power cut could take it back.
    const durable = new Connection(path, { synchronous: mode === 'wal' ? 'full' : 'extra', busyTimeoutMs })
    const events = new Connection(path, { synchronous: 'normal', busyTimeoutMs })
    return { path, durable, events, queries: { ...runQueries, ...attemptQueries } }
  } catch (error) {
    throw journalError(error, path)
  }
}

/** Made beside its place and then put there as a whole: of many processes that do so at once, one wins. */
async function create(
  path: string,
  { mode, migrations }: { readonly mode: JournalMode; readonly migrations: readonly Migration[] },
): Promise<void> {
  await refuseLeftovers(path)
  const beside = `${path}.${randomUUID()}.tmp`
  try {
    // Made here and not by SQLite, so that it is this user's alone.
    await (await open(beside, 'wx', 0o600)).close()
    using database = openRaw(beside)
    database.exec('pragma synchronous = off')
    await migrateInTransaction(database, migrations)
    database.exec(`pragma journal_mode = ${mode}`)
    database.close()
    await createFile(path, await readFile(beside))
  } finally {
    for (const end of ['', '-journal', '-wal', '-shm']) await rm(beside + end, { force: true })
  }
}

/** SQLite would take what is left of another database for the latest writes to the new one. */
async function refuseLeftovers(path: string): Promise<void> {
  const left = ['-wal', '-journal'].map((end) => path + end).find((each) => existsSync(each))
  // In this order: a process that has just made the journal makes these files after it.
  if (left !== undefined && !existsSync(path)) throw damaged(path, `it is gone, but ${left} is there`)
}

async function leaveWalMode(path: string, options: OpenDatabaseOptions): Promise<void> {
  using database = openRaw(path)
  // Alone: so SQLite does without the shared memory that is what WAL needs and a network file system does not have.
  database.exec('pragma locking_mode = exclusive')
  try {
    await whileBusy(() => database.exec('pragma journal_mode = delete'), options)
  } catch (error) {
    throw isBusy(error) ? inUnsafeMode(path, error) : error
  }
}

/** Says how the journal is kept. */
async function bringUpToDate(
  path: string,
  options: OpenDatabaseOptions & { readonly migrations: readonly Migration[] },
): Promise<JournalMode> {
  const { migrations } = options
  using database = openRaw(path)
  const read = async (pragma: string): Promise<unknown> => whileBusy(() => readPragma(database, pragma), options)
  const version = Number(await read('user_version'))
  if (version > migrations.length) throw newer(path, { version, known: migrations.length })
  const mode = (await read('journal_mode')) === 'wal' ? 'wal' : 'delete'
  if (version === migrations.length) return mode
  await whileBusy(() => database.exec('begin immediate'), options)
  // Somebody else may have been faster.
  if (readPragma(database, 'user_version') === version) await migrateInTransaction(database, migrations)
  return mode
}

/** Closing the database without it takes everything back. */
async function migrateInTransaction(database: DatabaseSync, migrations: readonly Migration[]): Promise<void> {
  const { migrate } = await import('./migrate.ts')
  if (!database.isTransaction) database.exec('begin immediate')
  await migrate(database, migrations)
  database.exec('commit')
}

/** A connection that never waits: while this process waited, whoever it waits for could be of this process too. */
function openRaw(path: string): DatabaseSync & Disposable {
  const database = new (loadSqlite().DatabaseSync)(path)
  return Object.assign(database, {
    [Symbol.dispose]: () => {
      if (database.isOpen) database.close()
    },
  })
}

async function whileBusy<T>(work: () => T, { clock, busyTimeoutMs }: OpenDatabaseOptions): Promise<T> {
  const end = clock.now() + busyTimeoutMs
  while (true) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || clock.now() >= end) throw error
    }
    await clock.sleep(TRY_AGAIN_MS)
  }
}
