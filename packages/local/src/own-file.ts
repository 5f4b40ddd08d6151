import { createRequire } from 'node:module'

/** The path of one of this package's own entries, from source as from `dist`. */
export function ownFile(entry: 'runtime' | 'supervisor'): string {
  return createRequire(import.meta.url).resolve(`@sidestep/local/${entry}`)
}
