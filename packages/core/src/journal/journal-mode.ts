import { statfs } from 'node:fs/promises'

import { sqliteVersion } from './sqlite.ts'

/** How SQLite makes a transaction whole: `wal` is several times faster, `delete` works everywhere. */
export type JournalMode = 'wal' | 'delete'

/**
 * Before 3.51.3, a checkpoint and a writer at the same time could damage a database in WAL mode ("the WAL-reset bug",
 * https://sqlite.org/wal.html#walresetbug).
 */
const WAL_IS_SAFE_SINCE = [3, 51, 3] as const

/**
 * What `statfs` of Linux calls file systems that are, or may be, on another machine: WAL needs memory that all of its
 * processes share. From linux/magic.h and the file systems' own headers.
 */
const NETWORK_FILE_SYSTEMS: Readonly<Record<string, number>> = {
  '9p': 0x01021997,
  afs: 0x5346414f,
  beegfs: 0x19830326,
  ceph: 0x00c36400,
  cifs: 0xff534d42,
  coda: 0x73757245,
  fuse: 0x65735546,
  gfs2: 0x01161970,
  gpfs: 0x47504653,
  kafs: 0x6b414653,
  lustre: 0x0bd00bd0,
  ncp: 0x564c,
  nfs: 0x6969,
  ocfs2: 0x7461636f,
  panfs: 0xaad7aaea,
  prlfs: 0x7c7c6673,
  smb: 0x517b,
  smb2: 0xfe534d42,
  snfs: 0xbeefdead,
  vboxsf: 0x786f4256,
  vmhgfs: 0xbacbacbc,
}

const numbers = new Set(Object.values(NETWORK_FILE_SYSTEMS))

/** What decides how a journal is kept. */
export interface JournalSurroundings {
  readonly sqliteVersion: string
  readonly platform: NodeJS.Platform
  /** As `statfs` says it. */
  readonly fileSystemType: number
}

/** WAL where it is known to be safe: with an SQLite that has no bug there, on a disk of this machine. */
export function chooseJournalMode({ sqliteVersion, platform, fileSystemType }: JournalSurroundings): JournalMode {
  // Only Linux has numbers that tell what a file system is.
  if (platform !== 'linux' || numbers.has(fileSystemType >>> 0)) return 'delete'
  return isAtLeast(sqliteVersion, WAL_IS_SAFE_SINCE) ? 'wal' : 'delete'
}

/** The mode for a journal in this folder, by this process. */
export async function journalModeFor(folder: string): Promise<JournalMode> {
  const { type } = await statfs(folder)
  return chooseJournalMode({ sqliteVersion: sqliteVersion(), platform: process.platform, fileSystemType: type })
}

/** How the journal of a folder is kept by this process, and what decides it. */
export interface JournalModeReport {
  /** SQLite's name for it: `wal`, `delete`. */
  readonly mode: JournalMode
  /** Of the SQLite in this Node.js. */
  readonly sqliteVersion: string
  /** That SQLite has a bug in WAL mode. */
  readonly isOldSqlite: boolean
  /** Name of the file system, where that is, or may be, on another machine. */
  readonly networkFileSystem?: string
}

/** What `journalModeFor` goes by, for people. */
export async function explainJournalMode(folder: string): Promise<JournalModeReport> {
  const { type } = await statfs(folder)
  const version = sqliteVersion()
  const name =
    process.platform === 'linux'
      ? Object.entries(NETWORK_FILE_SYSTEMS).find(([, number]) => number === type >>> 0)?.[0]
      : undefined
  return {
    mode: chooseJournalMode({ sqliteVersion: version, platform: process.platform, fileSystemType: type }),
    sqliteVersion: version,
    isOldSqlite: !isAtLeast(version, WAL_IS_SAFE_SINCE),
    ...(name === undefined ? {} : { networkFileSystem: name }),
  }
}

function isAtLeast(version: string, minimum: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  const different = minimum.findIndex((part, index) => parts[index] !== part)
  return different === -1 || (parts[different] ?? 0) > (minimum[different] ?? 0)
}
