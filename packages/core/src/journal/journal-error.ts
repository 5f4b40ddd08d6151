import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { codeOf, configError, messageOf, SidestepError } from '../errors.ts'

const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26

const OTHER_HOME = 'or set SIDESTEP_HOME to a folder that can be written to, on a disk of this machine.'

/** What an error of SQLite or of the file system means for the journal at `path`; any other comes back as it is. */
export function journalError(error: unknown, path: string): unknown {
  const message = messageOf(error)
  switch (sqliteCode(error) ?? fileSystemCode(error)) {
    case undefined:
      return error
    case BUSY:
    case LOCKED:
      return failed(
        `another process has held the journal ${path} for too long`,
        'Look for a process that is stopped or hangs while it uses the journal (`fuser` or `lsof` name it), and try again.',
        error,
      )
    case CORRUPT:
    case NOTADB:
      return damaged(path, message, error)
    case READONLY:
    case CANTOPEN:
      return unwritable(path, message, error)
    case FULL:
      return failed(`the disk has no room for the journal ${path}`, `Make room on the disk, ${OTHER_HOME}`, error)
    case IOERR:
      return failed(
        `the journal ${path} cannot be read or written: ${message}`,
        `See whether its disk is full or has errors, ${OTHER_HOME}`,
        error,
      )
    default:
      return failed(`the journal ${path} failed: ${message}`, 'This is a bug: please report it.', error)
  }
}

/** Whether another process was in the way, so that the same can work a moment later. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === BUSY
}

export function damaged(path: string, problem: string, cause?: unknown): SidestepError {
  const folder = freeName(join(dirname(path), 'damaged-journal'))
  return configError(
    'JOURNAL_FAILED',
    `the journal ${path} is damaged: ${problem}`,
    `Move it aside, with the files that belong to it: mkdir ${quoted(folder)} && mv ${quoted(path)}* ${quoted(folder)}/ ` +
      '- then `sidestep runs attach <store>/runs/<id>` takes a run up again from what its artifact store knows.',
    cause,
  )
}

/** Somebody used a later release on it, which this one must not write into. */
export function newer(
  path: string,
  { version, known }: { readonly version: number; readonly known: number },
): SidestepError {
  return configError(
    'JOURNAL_FAILED',
    `the journal ${path} was written by a newer Sidestep: its version is ${version}, and this one knows those up to ${known}`,
    'Update Sidestep, or set SIDESTEP_HOME to another folder.',
  )
}

function unwritable(path: string, problem: string, cause: unknown): SidestepError {
  return configError(
    'JOURNAL_FAILED',
    `the journal ${path} cannot be written: ${problem}`,
    `Give this user the right to write ${path} and its folder, ${OTHER_HOME}`,
    cause,
  )
}

/** The journal is in WAL mode, which is not safe for this process, and others keep it there. */
export function inUnsafeMode(path: string, cause: unknown): SidestepError {
  return failed(
    `the journal ${path} is in use by a process with a newer Node.js, in a mode that is not safe for this one`,
    'Use the same Node.js for both, or try again when the other process has ended.',
    cause,
  )
}

function failed(message: string, hint: string, cause: unknown): SidestepError {
  return new SidestepError(message, { code: 'JOURNAL_FAILED', kind: 'infra', hint, cause })
}

/** The primary result code: extended ones say more in their upper bytes. */
function sqliteCode(error: unknown): number | undefined {
  if (codeOf(error) !== 'ERR_SQLITE_ERROR') return undefined
  return (error as { readonly errcode: number }).errcode & 0xff
}

/** What SQLite would have called it. */
function fileSystemCode(error: unknown): number | undefined {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return READONLY
    case 'EISDIR':
    case 'ENOTDIR':
      return CANTOPEN
    case 'ENOSPC':
    case 'EDQUOT':
      return FULL
    case 'EIO':
      return IOERR
    default:
      return undefined
  }
}

function freeName(path: string): string {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? path : `${path}-${n}`
    if (!existsSync(name)) return name
  }
}

/** For a shell. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}
