import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'

import { codeOf, messageOf } from '../errors.ts'
import { notStorable } from './value-error.ts'

/** A file below a folder. */
export interface ScannedFile {
  /** Relative to the folder, with `/`. */
  readonly path: string
  /** Where its bytes are: behind all links. */
  readonly source: string
  /** In bytes. */
  readonly size: number
  /** By its owner. */
  readonly executable: boolean
}

/**
 * Every file below a folder, sorted by path. A symbolic link counts as what it leads to, a copy, as long as that lies
 * in the same folder: a store has no links. One that leads out of the folder, to nothing, or back to a folder that it
 * lies in, and whatever is neither file nor folder, throws `VALUE_NOT_STORABLE`. Empty folders are left out.
 */
export function scanFolder(folder: string): readonly ScannedFile[] {
  const root = realpathSync(folder)
  const files: ScannedFile[] = []
  const enter = (real: string, path: string, above: readonly string[]): void => {
    for (const name of readdirSync(real)) {
      const shown = path === '' ? name : `${path}/${name}`
      const source = followLink(join(real, name), join(folder, shown))
      if (!source.startsWith(root + sep) && source !== root) {
        throw notStorable(
          `${join(folder, shown)} is a link to ${source}, outside of the folder`,
          'Copy what it leads to into the folder, or remove the link.',
        )
      }
      const stats = statSync(source)
      if (stats.isFile()) {
        files.push({ path: shown, source, size: stats.size, executable: (stats.mode & 0o100) !== 0 })
      } else if (!stats.isDirectory()) {
        throw notStorable(
          `${join(folder, shown)} is neither a file nor a folder`,
          'Remove it before the folder is stored.',
        )
      } else if ([...above, real].includes(source)) {
        throw notStorable(`${join(folder, shown)} is a link to a folder that it lies in`, 'Remove the link.')
      } else {
        enter(source, shown, [...above, real])
      }
    }
  }
  enter(root, '', [])
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function followLink(path: string, shown: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    const why =
      codeOf(error) === 'ENOENT'
        ? 'is a link to nothing, or its name is not UTF-8'
        : `cannot be read: ${messageOf(error)}`
    throw notStorable(`${shown} ${why}`, 'Remove it before the folder is stored.', error)
  }
}
