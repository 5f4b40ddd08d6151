import { realpathSync } from 'node:fs'

import type { Bundle } from './bundle-module.ts'
import { sourcePath } from './source-path.ts'

/**
 * The sources that a file of the bundle can reach, itself included, as sorted pairs of path and sha256: what a cached
 * result depends on. Sidestep's own modules are left out, so that an upgrade does not compute everything again.
 * Empty for a file that is not in the bundle.
 */
export function sourcesReachableFrom(
  bundle: Pick<Bundle, 'modules' | 'roots'>,
  file: string,
): readonly (readonly [path: string, sha256: string])[] {
  const reached = new Map<string, string>()
  const open = [sourcePath(realpathSync(file), bundle.roots)]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const module = bundle.modules.get(path)
    if (module === undefined || reached.has(path) || isOwn(path)) continue
    reached.set(path, module.sha256)
    open.push(...module.imports)
  }
  return [...reached].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function isOwn(path: string): boolean {
  return /^(?:node_modules\/)?@sidestep\//.test(path)
}
