import { readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { fingerprint } from '../canonical.ts'

const TOOLS = ['@sidestep/core', 'rolldown']

let known: string | undefined

/** Stands for the code that bundles: another version of it, or another state of its sources, may bundle otherwise. */
export function toolsFingerprint(): string {
  known ??= fingerprint({ versions: versions(), files: ownFiles() })
  return known
}

function versions(): readonly string[] {
  const require = createRequire(import.meta.url)
  return TOOLS.map((name) => (require(`${name}/package.json`) as { readonly version: string }).version)
}

/** Versions say nothing of a workspace in which core itself is being changed. */
function ownFiles(): readonly string[] {
  const folder = import.meta.dirname
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name))
      return `${name} ${size} ${mtimeMs}`
    })
}
