import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

/** The path itself, or the nearest one above it that is there. */
export function existingFolder(path: string): string {
  let folder = path
  while (!existsSync(folder)) folder = dirname(folder)
  return folder
}
