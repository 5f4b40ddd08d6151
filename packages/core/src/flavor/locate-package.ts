import { readFileSync, realpathSync } from 'node:fs'
import { createRequire, findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { codeOf } from '../errors.ts'

/**
 * URL of what `import` gives of a package, looked for from a file as its own imports are; `undefined` where the package
 * is not installed there.
 *
 * @param from path or file URL; the file need not exist
 */
export function locatePackage(name: string, from: string): string | undefined {
  const base = from.startsWith('file:') ? fileURLToPath(from) : from
  const manifest = manifestOf(name, base)
  if (manifest === undefined) return undefined
  // `require` has conditions of its own, and knows nothing of packages that only `import` may have.
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly exports?: unknown }
  const entry = importedEntry(exports)
  const path = entry === undefined ? createRequire(base).resolve(name) : join(dirname(manifest), entry)
  return pathToFileURL(path).href
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

const CONDITIONS = new Set(['node', 'import', 'module-sync', 'default', '.'])

/** The first target that Node's own rules for `exports` come to. */
function importedEntry(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports
  if (typeof exports !== 'object' || exports === null) return undefined
  const targets = Array.isArray(exports)
    ? (exports as unknown[])
    : Object.entries(exports).flatMap(([key, target]) => (CONDITIONS.has(key) ? [target as unknown] : []))
  for (const target of targets) {
    const entry = importedEntry(target)
    if (entry !== undefined) return entry
  }
  return undefined
}
