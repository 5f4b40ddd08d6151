import { join } from 'node:path'

import { SIDESTEP_FOLDER } from './step-files.ts'
import { entriesOfFolder } from './entries-of-folder.ts'
import type { LayerEntry } from './layer.ts'

/** What npm and tools keep for themselves. */
const NOT_PACKAGES: ReadonlySet<string> = new Set(['.package-lock.json', '.cache', '.vite'])

/**
 * The packages of an installed environment, as entries below `/opt/sidestep/node_modules`, where the bundle finds them.
 * They are what anybody can install, so names that look like secrets stay: packages bring certificates.
 */
export function nodeModulesEntries(
  environmentFolder: string,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<LayerEntry, void, void> {
  return entriesOfFolder(join(environmentFolder, 'node_modules'), {
    below: `${SIDESTEP_FOLDER}/node_modules`,
    leaveOut: (path) => (NOT_PACKAGES.has(path) ? 'all' : undefined),
    signal,
  })
}
