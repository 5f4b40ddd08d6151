import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import { codeOf, configError, messageOf } from '../errors.ts'
import { foldersUpwards } from '../folders-upwards.ts'

/** Where the home folder is looked for. */
export interface HomeFolderOptions {
  /** Default: the working directory. */
  readonly cwd?: string
  /** Default: that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * The folder of a project's own state: `SIDESTEP_HOME`, else `.sidestep` beside the nearest sidestep.yaml or
 * package.json upwards from the working directory, else in the working directory.
 */
export function homeFolder(options: HomeFolderOptions = {}): string {
  const { cwd = process.cwd(), environment = process.env } = options
  const chosen = environment['SIDESTEP_HOME']
  if (chosen !== undefined && chosen !== '') return resolve(cwd, chosen)
  return join(nearestFolder(cwd, ['sidestep.yaml', 'package.json']) ?? resolve(cwd), '.sidestep')
}

/**
 * Makes the folder, for this user alone, and keeps it out of version control. Throws `CONFIG_INVALID` where it cannot be
 * made or written to.
 */
export function createHomeFolder(home: string): void {
  try {
    if (!existsSync(home)) {
      mkdirSync(dirname(home), { recursive: true })
      // Not with the folders above it: on a file system that is read-only, Node would say that there is no such folder.
      makeFolder(home)
    }
    const ignore = join(home, '.gitignore')
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n')
    accessSync(home, constants.W_OK)
  } catch (error) {
    throw configError(
      'CONFIG_INVALID',
      `${home} cannot be used for the state of this project: ${messageOf(error)}`,
      'Set SIDESTEP_HOME to a folder that can be written to.',
      error,
    )
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== 'EEXIST' || !statSync(path).isDirectory()) throw error
  }
}

/** The nearest folder upwards that has one of these; `undefined` where none has. */
export function nearestFolder(start: string, names: readonly string[]): string | undefined {
  for (const folder of foldersUpwards(start)) {
    if (names.some((name) => existsSync(join(folder, name)))) return folder
  }
  return undefined
}
