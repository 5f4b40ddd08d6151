import { renameSync, type Stats } from 'node:fs'
import { link, open, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

import { codeOf } from './errors.ts'

/** Bytes of a file: at once, or as they come. */
export type Content = string | Uint8Array | AsyncIterable<Uint8Array>

/** How a file is written. */
export interface AtomicWriteOptions {
  /** Nothing is written once it has aborted. */
  readonly signal?: AbortSignal
  /** Where the bytes lie until they are complete: on the same file system. Default: beside the file. */
  readonly temporaryFile?: string
  /** Permissions, less the process's umask. Default: 0o600. */
  readonly mode?: number
  /** Whose permissions the file gets, whatever the umask is, and its owner where this process may give files away. */
  readonly like?: Pick<Stats, 'mode' | 'uid' | 'gid'>
  /** False for what is checked when it is read, and can be made again: nobody waits for the disk. Default: true. */
  readonly durable?: boolean
  /** Called when the bytes are complete, right before they take their place; what it throws prevents that. */
  readonly beforePut?: () => void
}

/**
 * Writes or replaces a file of this user's: a reader sees the old one or the whole new one, after a power cut too where
 * it is durable.
 * Its folder exists. Returns its size in bytes.
 */
export async function replaceFile(path: string, content: Content, options: AtomicWriteOptions = {}): Promise<number> {
  const { temporaryFile = besides(path) } = options
  try {
    const size = await writeWhole(temporaryFile, content, options)
    options.beforePut?.()
    renameSync(temporaryFile, path)
    if (options.durable !== false) await syncFolder(dirname(path))
    return size
  } catch (error) {
    await rm(temporaryFile, { force: true })
    throw error
  }
}

/**
 * Writes a file of this user's unless one is there: of all concurrent callers, in all processes, exactly one gets
 * `true`, and nobody ever sees a part of it. A hard link is what makes both true at once. Its folder exists.
 */
export async function createFile(path: string, content: Content, options: AtomicWriteOptions = {}): Promise<boolean> {
  const { temporaryFile = besides(path) } = options
  try {
    await writeWhole(temporaryFile, content, options)
    options.beforePut?.()
    await link(temporaryFile, path)
    if (options.durable !== false) await syncFolder(dirname(path))
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporaryFile, { force: true })
  }
}

function besides(path: string): string {
  return `${path}.${crypto.randomUUID()}.tmp`
}

async function writeWhole(path: string, content: Content, options: AtomicWriteOptions): Promise<number> {
  const { signal, mode = 0o600, like, durable = true } = options
  const file = await open(path, 'wx', mode)
  try {
    await writeFile(file, content, { signal })
    if (like !== undefined) await takeAfter(file, like)
    if (durable) await file.datasync()
    return (await file.stat()).size
  } catch (error) {
    // The system names no file where a write fails.
    if (error instanceof Error && codeOf(error) === 'ENOSPC') error.message += ` '${path}'`
    throw error
  } finally {
    await file.close()
  }
}

async function takeAfter(file: FileHandle, { mode, uid, gid }: Pick<Stats, 'mode' | 'uid' | 'gid'>): Promise<void> {
  const own = await file.stat()
  if (own.uid !== uid || own.gid !== gid) {
    try {
      await file.chown(uid, gid)
    } catch (error) {
      // Only root gives files away; the owner of the folder keeps the right to replace them.
      if (codeOf(error) !== 'EPERM') throw error
    }
  }
  await file.chmod(mode & 0o777)
}

/** A new name is durable once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
