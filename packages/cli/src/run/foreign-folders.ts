import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

const PACKAGES = ['@sidestep/cli', '@sidestep/core', '@sidestep/images', '@sidestep/local'] as const

/**
 * Folders of Sidestep's own code, the user's copies and the CLI's, without symbolic links: a stack frame in them is
 * not the user's.
 */
export function foreignFolders(userFile: string | undefined): string[] {
  const folders = new Set<string>()
  for (const from of [import.meta.url, ...(userFile === undefined ? [] : [userFile])]) {
    const { resolve } = createRequire(from)
    for (const name of PACKAGES) {
      try {
        folders.add(dirname(realpathSync(resolve(`${name}/package.json`))))
      } catch {
        // Not every project has every package.
      }
    }
  }
  return [...folders]
}
