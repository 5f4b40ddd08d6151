import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'

import { SidestepError } from '@sidestep/core/component'

import type { FileEntry } from './layer.ts'
import { changedWhileRead, unreadable } from './layer-error.ts'

/** Bytes up to which a file is read at once, and of each piece of a larger one. */
const SMALL_FILE = 128 * 1024
const CHUNK = 1024 * 1024

/** By which a file is known again. */
type ListedFile = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs'>

// Links are listed as links, so nothing is followed here; and a file that became a FIFO meanwhile must not hang.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * How a file gets into a layer: exactly the one that was listed. A file that was replaced or written to since, or that
 * changes while it is read, is an error that names it. Small files are read in place, because a trip to another thread
 * takes longer than their bytes.
 */
export class ListedFileEntry implements FileEntry {
  readonly type: 'file' = 'file'
  readonly path: string
  readonly executable: boolean
  readonly size: number
  // Not the whole status, and no functions: there may be a hundred thousand of them.
  readonly #source: string
  readonly #dev: number
  readonly #ino: number
  readonly #mtimeMs: number

  /** @param source where the file lies, as it was listed by `status` */
  constructor(entry: Pick<FileEntry, 'path' | 'executable'>, source: string, status: ListedFile) {
    this.path = entry.path
    this.executable = entry.executable
    this.size = status.size
    this.#source = source
    this.#dev = status.dev
    this.#ino = status.ino
    this.#mtimeMs = status.mtimeMs
  }

  open(): Readable {
    const chunks = chunksOf(this.#source, this.#listed(), () => Buffer.allocUnsafe(CHUNK))
    return Readable.from(chunks, { objectMode: false, highWaterMark: CHUNK })
  }

  content(scratch: Buffer = Buffer.allocUnsafe(Math.min(this.size, CHUNK))): Iterable<Buffer> | AsyncIterable<Buffer> {
    if (this.size <= Math.min(SMALL_FILE, scratch.length)) return [readWhole(this.#source, this.#listed(), scratch)]
    return chunksOf(this.#source, this.#listed(), () => scratch)
  }

  #listed(): ListedFile {
    return { dev: this.#dev, ino: this.#ino, size: this.size, mtimeMs: this.#mtimeMs }
  }
}

function readWhole(path: string, listed: ListedFile, scratch: Buffer): Buffer {
  return translated(path, () => {
    const file = openSync(path, FLAGS)
    try {
      checkSame(path, listed, fstatSync(file))
      const bytes = scratch.subarray(0, listed.size)
      let used = 0
      while (used < bytes.length) {
        const count = readSync(file, bytes, used, bytes.length - used, null)
        if (count === 0) throw changedWhileRead(path, 'it became shorter')
        used += count
      }
      checkSame(path, listed, fstatSync(file))
      return bytes
    } finally {
      closeSync(file)
    }
  })
}

async function* chunksOf(
  path: string,
  listed: ListedFile,
  nextBuffer: () => Buffer,
): AsyncGenerator<Buffer, void, void> {
  const file = await open(path, FLAGS).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  try {
    checkSame(path, listed, await file.stat())
    for (let left = listed.size; left > 0;) {
      const buffer = nextBuffer()
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, left), null).catch((error: unknown) => {
        throw unreadable(path, error)
      })
      if (bytesRead === 0) throw changedWhileRead(path, 'it became shorter')
      left -= bytesRead
      yield buffer.subarray(0, bytesRead)
    }
    checkSame(path, listed, await file.stat())
  } finally {
    await file.close()
  }
}

function checkSame(path: string, listed: ListedFile, now: ListedFile): void {
  if (listed.dev !== now.dev || listed.ino !== now.ino) throw changedWhileRead(path, 'another file took its place')
  if (listed.size !== now.size) throw changedWhileRead(path, `it had ${listed.size} bytes, then ${now.size}`)
  if (listed.mtimeMs !== now.mtimeMs) throw changedWhileRead(path, 'it was written to')
}

function translated<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw SidestepError.isInstance(error) ? error : unreadable(path, error)
  }
}
