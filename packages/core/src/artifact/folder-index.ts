import { SidestepError } from '../errors.ts'
import { decodeJson, encodeJson } from './json-object.ts'

/** A file of a stored folder. */
export interface FolderEntry {
  /** Relative, with `/`. */
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** Lower-case hex. */
  readonly sha256: string
  readonly executable?: true
}

/**
 * The bytes that a folder is stored as: a list of its files, sorted by path. Equal folders give equal bytes, so their
 * sha256 names the folder's content.
 */
export function encodeFolderIndex(files: readonly FolderEntry[]): Uint8Array {
  return encodeJson({ version: 1, files })
}

/** `where` is what errors call the index. */
export function decodeFolderIndex(bytes: Uint8Array, where: string): readonly FolderEntry[] {
  const { version, files } = decodeJson(bytes, where) as { version?: unknown; files?: unknown }
  if (version !== 1 || !Array.isArray(files) || !files.every(isEntry)) {
    throw new SidestepError(`${where} is not a list of a folder's files that this version of Sidestep can read`, {
      code: 'ARTIFACT_CORRUPT',
      kind: 'infra',
      hint: 'It was written by a newer version of Sidestep, or by something else.',
    })
  }
  return files
}

function isEntry(value: unknown): value is FolderEntry {
  if (typeof value !== 'object' || value === null) return false
  const { path, size, sha256 } = value as Partial<Record<keyof FolderEntry, unknown>>
  return typeof path === 'string' && isInside(path) && typeof size === 'number' && typeof sha256 === 'string'
}

/** The path becomes one on a disk: it must not lead out of the folder. */
function isInside(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))
}
