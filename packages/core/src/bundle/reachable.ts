import { realpathSync } from 'node:fs'

import { configError } from '../errors.ts'
import type { Bundle } from './bundle-module.ts'
import { sourcePath } from './source-path.ts'

/**
 * The sources that a file of the bundle can reach, itself included, as sorted pairs of path and sha256: what a cached
 * result depends on. Sidestep's own modules are left out, so that an upgrade does not compute everything again.
 * Throws `CONFIG_INVALID` for a file that is not in the bundle: what it reaches is not known.
 */
export function sourcesReachableFrom(
  bundle: Pick<Bundle, 'modules' | 'roots'>,
  file: string,
): readonly (readonly [path: string, sha256: string])[] {
  const reached = new Map<string, string>()
  const first = sourcePath(realpathSync(file), bundle.roots)
  if (!bundle.modules.has(first)) {
    throw configError(
      'CONFIG_INVALID',
      `${file} is not among the modules that the pipeline's file imports, so what a step in it depends on is not known`,
      "Import it statically from the pipeline's file, or leave `cache` away from its steps.",
    )
  }
  const open = [first]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const module = bundle.modules.get(path)
    if (module === undefined || reached.has(path) || isOwnSource(path)) continue
    reached.set(path, module.sha256)
    open.push(...module.imports)
  }
  return [...reached].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** Whether a stable path is one of Sidestep's own modules. */
export function isOwnSource(path: string): boolean {
  return /^(?:node_modules\/)?@sidestep\//.test(path)
}
