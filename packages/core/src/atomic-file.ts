import { randomUUID } from 'node:crypto'
import { link, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { codeOf } from './errors.ts'

/** Bytes of a file: at once, or as they come. */
export type Content = string | Uint8Array | AsyncIterable<Uint8Array>

export interface AtomicWriteOptions {
  readonly signal?: AbortSignal
  /** Where the bytes lie until they are complete: on the same file system. Default: beside the file. */
  readonly temporaryFile?: string
}

/**
 * Writes or replaces a file of this user's: a reader sees the old one or the whole new one, after a power cut too.
 * Its folder exists. Returns its size in bytes.
 */
export async function replaceFile(path: string, content: Content, options: AtomicWriteOptions = {}): Promise<number> {
  const { temporaryFile = besides(path) } = options
  try {
    const size = await writeWhole(temporaryFile, content, options.signal)
    await rename(temporaryFile, path)
    await syncFolder(dirname(path))
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
    await writeWhole(temporaryFile, content, options.signal)
    await link(temporaryFile, path)
    await syncFolder(dirname(path))
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporaryFile, { force: true })
  }
}

function besides(path: string): string {
  return `${path}.${randomUUID()}.tmp`
}

async function writeWhole(path: string, content: Content, signal: AbortSignal | undefined): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  try {
    await writeFile(file, content, { signal })
    await file.datasync()
    return (await file.stat()).size
  } finally {
    await file.close()
  }
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
