import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire, findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { codeOf } from '../errors.ts'
import { exportTarget } from './package-exports.ts'
import { splitSpecifier } from './source-path.ts'

/**
 * URL of what `import` gives of a package or of one of its subpaths, looked for from a file as its own imports are;
 * `undefined` where the package is not installed there. Throws where it has no such entry.
 *
 * @param from path or file URL; the file need not exist
 */
export function locatePackage(specifier: string, from: string): string | undefined {
  const base = from.startsWith('file:') ? fileURLToPath(from) : from
  const manifest = manifestOf(splitSpecifier(specifier).name, base)
  return manifest === undefined ? undefined : packageEntry(specifier, manifest, base)
}

/** Path of the package.json of an installed package, looked for as {@link locatePackage} does. */
export function locateManifest(name: string, from: string): string | undefined {
  return manifestOf(name, from.startsWith('file:') ? fileURLToPath(from) : from)
}

function packageEntry(specifier: string, manifest: string, base: string): string {
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly exports?: unknown }
  const { subpath } = splitSpecifier(specifier)
  const hasExports = exports !== undefined && exports !== null
  const entry = hasExports ? exportTarget(exports, subpath) : fileOf(manifest, subpath)
  // `require` has conditions of its own, and would find what `import` may not have.
  if (hasExports && entry === undefined) throw new Error(`its "exports" have no ${subpath} for import`)
  const path = entry === undefined ? createRequire(base).resolve(specifier) : join(dirname(manifest), entry)
  return pathToFileURL(path).href
}

/** `import` takes the subpath of a package without `exports` as it is: a file, with its extension. */
function fileOf(manifest: string, subpath: string): string | undefined {
  return subpath !== '.' && existsSync(join(dirname(manifest), subpath)) ? subpath : undefined
}

function manifestOf(name: string, base: string): string | undefined {
  try {
    const found = findPackageJSON(name, pathToFileURL(base))
    return found === undefined ? undefined : realpathSync(found)
  } catch (error) {
    if (codeOf(error) === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}
