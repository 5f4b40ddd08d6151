import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { codeOf } from '../errors.ts'
import { foldersUpwards } from '../folders-upwards.ts'

/** What is read of a package.json. Nothing in it is checked. */
export interface PackageManifest {
  readonly name?: unknown
  readonly version?: unknown
  readonly exports?: unknown
  readonly sidestep?: unknown
  readonly dependencies?: unknown
  readonly devDependencies?: unknown
  readonly optionalDependencies?: unknown
  readonly peerDependencies?: unknown
  readonly peerDependenciesMeta?: unknown
}

/** The text of a folder's package.json; `undefined` where there is none. */
export function manifestText(folder: string): string | undefined {
  const path = join(folder, 'package.json')
  // Most folders on the way have none, and to make an error of that takes long.
  if (!existsSync(path)) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/** Throws a `SyntaxError` where the text is no JSON, or no object. */
export function parseManifest(text: string): PackageManifest {
  const manifest: unknown = JSON.parse(text)
  if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) return manifest
  throw new SyntaxError('it is no object')
}

/** The folder in which an import from a folder finds a package, by Node's rules; with the text of its package.json. */
export function findPackage(
  name: string,
  from: string,
): { readonly folder: string; readonly text: string } | undefined {
  for (const start of foldersUpwards(from)) {
    if (basename(start) === 'node_modules') continue
    const folder = join(start, 'node_modules', name)
    const text = manifestText(folder)
    if (text !== undefined) return { folder, text }
  }
  return undefined
}

/** The nearest package.json upwards from a folder. */
export function nearestManifest(from: string): { readonly folder: string; readonly text: string } | undefined {
  for (const folder of foldersUpwards(from)) {
    const text = manifestText(folder)
    if (text !== undefined) return { folder, text }
  }
  return undefined
}

/** A part of a manifest that holds texts by name, such as `dependencies`. */
export function textsOf(part: unknown): ReadonlyMap<string, string> {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return new Map()
  return new Map(Object.entries(part).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
