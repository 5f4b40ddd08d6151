import { mkdir } from 'node:fs/promises'
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { configError } from '../errors.ts'
import { collect } from './byte-stream.ts'
import { concurrently } from './concurrently.ts'
import type { ReadOptions } from './file.ts'
import type { Origin } from './origin.ts'
import { readSteadily } from './read-steadily.ts'
import { scanFolder } from './scan-folder.ts'
import { notStorable } from './value-error.ts'
import { writeFileFrom } from './write-file.ts'

/**
 * A folder as a value: what a step returns with {@link folderAt}, and what the next one gets. Its files stay where they
 * are until they are read, and are verified then.
 */
export interface Folder {
  /** Relative paths with `/`, sorted. */
  readonly files: readonly string[]
  /** One file in memory. Rejects with `CONFIG_INVALID` where the folder has no such file. */
  read(file: string, options?: ReadOptions): Promise<Uint8Array>
  /** Writes a copy of every file below a folder, which is made. Files that are there are replaced, others stay. */
  writeTo(folder: string, options?: ReadOptions): Promise<void>
}

/** A file of a folder; its hash is known where it comes from a store. */
export interface FolderFile {
  readonly path: string
  readonly size: number
  readonly executable: boolean
  readonly sha256?: string
  /** From the start, each time it is iterated. */
  readonly open: (signal?: AbortSignal) => AsyncIterable<Uint8Array>
}

/** What code beneath the public surface sees of a folder. */
export interface FolderInternals {
  /** Where it lies in a store; `undefined` for a folder of this machine. */
  readonly origin?: Origin
  /** As they are now, sorted by path. */
  readonly files: () => readonly FolderFile[]
}

const BRAND = Symbol.for('sidestep.folder@1')
const FILES_AT_ONCE = 8

class FolderValue implements Folder {
  constructor(internals: FolderInternals) {
    Object.defineProperty(this, BRAND, { value: internals })
  }

  get files(): readonly string[] {
    return folderInternals(this)
      .files()
      .map(({ path }) => path)
  }

  async read(file: string, { signal }: ReadOptions = {}): Promise<Uint8Array> {
    const found = folderInternals(this)
      .files()
      .find(({ path }) => path === file)
    if (found === undefined) {
      throw configError(
        'CONFIG_INVALID',
        `the folder has no file ${JSON.stringify(file)}`,
        'Its `files` are the paths it has.',
      )
    }
    return collect(found.open(signal))
  }

  async writeTo(folder: string, options: ReadOptions = {}): Promise<void> {
    await mkdir(folder, { recursive: true })
    await concurrently(folderInternals(this).files(), FILES_AT_ONCE, async ({ path, executable, open }) =>
      writeFileFrom(join(folder, path), open(options.signal), { executable, ...options }),
    )
  }
}

/**
 * A folder of this machine, to be returned from a step or given to one. It is read when it is stored: leave it as it is
 * until then. Kept are the files, their paths and whether they are executable; `scanFolder` says what happens to links.
 * Throws `VALUE_NOT_STORABLE` where there is no such folder.
 */
export function folderAt(path: string): Folder {
  const full = resolve(path)
  if (statSync(full, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw notStorable(`${full} is not a folder`, 'Make the folder first. For a single file: fileAt(path).')
  }
  return createFolder({
    files: () =>
      scanFolder(full).map(({ source, ...file }) => ({ ...file, open: (signal) => readSteadily(source, signal) })),
  })
}

export function createFolder(internals: FolderInternals): Folder {
  return new FolderValue(internals)
}

/** True for folders of any loaded copy of this package. */
export function isFolder(value: unknown): value is Folder {
  return typeof value === 'object' && value !== null && BRAND in value
}

export function folderInternals(folder: Folder): FolderInternals {
  return (folder as unknown as Record<symbol, FolderInternals>)[BRAND] as FolderInternals
}
