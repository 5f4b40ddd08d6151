import { isUtf8 } from 'node:buffer'
import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, posix } from 'node:path'

import { codeOf } from '@sidestep/core/component'

import { ListedFileEntry } from './listed-file-entry.ts'
import type { LayerEntry } from './layer.ts'
import { layerError, shown, unreadable } from './layer-error.ts'

/**
 * Whether a path in a folder stays out of a layer: `all` says that nothing below it is wanted either, `file` that it is
 * unwanted unless it is a folder.
 */
export type LeaveOut = (path: string) => 'this' | 'all' | 'file' | undefined

/** What of a folder goes into a layer. */
export interface EntriesOfFolderOptions {
  /** The folder of the image that it becomes: a relative path, or `''` for the root. */
  readonly below: string
  /** The file or folder that is wanted, relative to the folder. Default: all of it. */
  readonly path?: string
  /** Default: nothing is left out. */
  readonly leaveOut?: LeaveOut
  /** Links as they are, wherever they lead. Default: those that lead out of the folder are refused. */
  readonly anyLinks?: boolean
  readonly signal: AbortSignal
}

/**
 * What lies in a folder of this machine, as entries of a layer. Symbolic links stay links, and lead nowhere out of the
 * folder; hard links are files of their own; of permissions the owner's executable bit counts, of times nothing.
 * Rejects with `IMAGE_INVALID` for what an image cannot hold (a link out of the folder, a socket, a device, a name that
 * is not UTF-8), for what cannot be read and for a path that is not there.
 */
export async function* entriesOfFolder(
  folder: string,
  { below, path: start = '', leaveOut = () => undefined, anyLinks = false, signal }: EntriesOfFolderOptions,
): AsyncGenerator<LayerEntry, void, void> {
  checkWayTo(folder, start)
  // Not by a generator in a generator for each folder: every entry would go through all of them.
  const waiting = [start]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    signal.throwIfAborted()
    if (path !== '') {
      const left = leaveOut(path)
      if (left === 'all') continue
      const found = statusOf(folder, path)
      const isWanted = left === undefined || (left === 'file' && found.isDirectory())
      if (isWanted) yield entryOf({ folder, path, below, found, anyLinks })
      if (!found.isDirectory()) continue
    }
    const names = await namesIn(folder, path)
    for (const name of names.toReversed()) waiting.push(posix.join(path, name))
  }
}

/** Nothing outside of the folder is read, also not through a link on the way to a path. */
function checkWayTo(folder: string, path: string): void {
  const names = path === '' ? [] : path.split('/')
  if (names.some((name) => name === '' || name === '.' || name === '..')) {
    throw layerError(`${shown(path)} is not a path in ${shown(folder)}`)
  }
  for (let count = 1; count < names.length; count++) {
    const parent = names.slice(0, count).join('/')
    if (!statusOf(folder, parent).isDirectory()) {
      throw layerError(`${shown(path)} lies in ${shown(parent)}, which is not a folder of its own`)
    }
  }
}

interface Found {
  readonly folder: string
  readonly path: string
  readonly below: string
  readonly found: Stats
  readonly anyLinks: boolean
}

function entryOf({ folder, path, below, found, anyLinks }: Found): LayerEntry {
  const source = join(folder, path)
  const target = posix.join(below, path)
  const type = typeOf(source, found)
  if (type === 'folder') return { type, path: target }
  if (type === 'symlink') return { type, path: target, target: linkTarget(source, path, anyLinks) }
  return new ListedFileEntry({ path: target, executable: (found.mode & 0o100) !== 0 }, source, found)
}

function typeOf(path: string, found: Stats): LayerEntry['type'] {
  if (found.isDirectory()) return 'folder'
  if (found.isSymbolicLink()) return 'symlink'
  if (found.isFile()) return 'file'
  const what = found.isSocket() ? 'a socket' : found.isFIFO() ? 'a FIFO' : 'a device'
  throw layerError(`${shown(path)} is ${what}, which an image cannot hold`, 'Leave it out.')
}

function linkTarget(source: string, path: string, any: boolean): string {
  const bytes = translated(source, () => readlinkSync(source, 'buffer'))
  const target = utf8(bytes, `what ${shown(source)} links to`)
  if (any) return target
  // As it is written: the link's folder is a real one, and what it leads to is looked up in the image.
  const end = posix.normalize(posix.join(posix.dirname(path), target))
  if (posix.isAbsolute(target) || end === '..' || end.startsWith('../')) {
    throw layerError(
      `${shown(source)} is a link to ${shown(target)}, which is outside of what goes into the image`,
      'Link to something in the same folder, by a relative path, or leave it out.',
    )
  }
  return target
}

function statusOf(folder: string, path: string): Stats {
  const source = join(folder, path)
  return translated(source, () => lstatSync(source))
}

async function namesIn(folder: string, path: string): Promise<readonly string[]> {
  const source = join(folder, path)
  const names = await readdir(source, { encoding: 'buffer' }).catch((error: unknown) => {
    throw unreadable(source, error)
  })
  return names.map((name) => utf8(name, `a name in ${shown(source)}`))
}

function utf8(bytes: Buffer, what: string): string {
  if (isUtf8(bytes)) return bytes.toString()
  throw layerError(`${what} is not UTF-8: ${shown(bytes.toString('latin1'))}`, 'Rename it, or leave it out.')
}

function translated<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      throw layerError(
        `there is no ${shown(path)}`,
        'Paths are relative to the folder of package.json: look at its name.',
      )
    }
    throw unreadable(path, error)
  }
}
