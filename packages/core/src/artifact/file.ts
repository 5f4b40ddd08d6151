import { statSync } from 'node:fs'
import type { ReadableStream } from 'node:stream/web'
import { basename, resolve } from 'node:path'

import { collect, webStream } from './byte-stream.ts'
import { readSteadily } from './read-steadily.ts'
import type { Origin } from './origin.ts'
import { notStorable } from './value-error.ts'
import { writeFileFrom } from './write-file.ts'

/** How a file or folder is read. */
export interface ReadOptions {
  /** Reading rejects with its reason. */
  readonly signal?: AbortSignal
}

/**
 * A file as a value: what a step returns with {@link fileAt}, and what the next one gets. Its bytes stay where they are
 * until they are read, and are verified then.
 */
export interface StoredFile {
  /** The last part of its path when it was stored. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** The whole file in memory. */
  read(options?: ReadOptions): Promise<Uint8Array>
  /** With flat memory. Damage is found at the end: the stream then fails. */
  stream(options?: ReadOptions): ReadableStream<Uint8Array>
  /** Writes a copy; the folders above it are made. A file that is there is replaced once the copy is complete. */
  writeTo(path: string, options?: ReadOptions): Promise<void>
}

/** What code beneath the public surface sees of a file. */
export interface FileInternals {
  readonly name: string
  readonly size: number
  readonly executable: boolean
  /** Where it lies in a store; `undefined` for a file of this machine. */
  readonly origin?: Origin
  /** From the start, each time it is iterated. */
  readonly open: (signal?: AbortSignal) => AsyncIterable<Uint8Array>
}

const BRAND = Symbol.for('sidestep.file@1')

class FileValue implements StoredFile {
  readonly name: string
  readonly size: number

  constructor(internals: FileInternals) {
    this.name = internals.name
    this.size = internals.size
    Object.defineProperty(this, BRAND, { value: internals })
  }

  async read({ signal }: ReadOptions = {}): Promise<Uint8Array> {
    return collect(fileInternals(this).open(signal))
  }

  stream({ signal }: ReadOptions = {}): ReadableStream<Uint8Array> {
    return webStream(fileInternals(this).open(signal))
  }

  async writeTo(path: string, options: ReadOptions = {}): Promise<void> {
    const { open, executable } = fileInternals(this)
    await writeFileFrom(path, open(options.signal), { executable, ...options })
  }
}

/**
 * A file of this machine, to be returned from a step or given to one. It is read when it is stored: leave it as it is
 * until then. Whether it is executable is kept. Throws `VALUE_NOT_STORABLE` where there is no such file.
 */
export function fileAt(path: string): StoredFile {
  const full = resolve(path)
  const stats = statSync(full, { throwIfNoEntry: false })
  if (stats?.isFile() !== true) {
    const what = stats === undefined ? 'does not exist' : stats.isDirectory() ? 'is a folder' : 'is not a regular file'
    throw notStorable(
      `${full} ${what}`,
      stats?.isDirectory() === true ? 'Use folderAt(path).' : 'Write the file first.',
    )
  }
  return createFile({
    name: basename(full),
    size: stats.size,
    executable: (stats.mode & 0o100) !== 0,
    open: (signal) => readSteadily(full, signal),
  })
}

export function createFile(internals: FileInternals): StoredFile {
  return new FileValue(internals)
}

/** True for files of any loaded copy of this package. */
export function isStoredFile(value: unknown): value is StoredFile {
  return typeof value === 'object' && value !== null && BRAND in value
}

export function fileInternals(file: StoredFile): FileInternals {
  return (file as unknown as Record<symbol, FileInternals>)[BRAND] as FileInternals
}
