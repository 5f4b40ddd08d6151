import { basename, join } from 'node:path'

import { configError } from '../errors.ts'
import { nearestFolder } from '../stack/home-folder.ts'
import type { FlavorSources } from '../flavor/known-flavor.ts'
import type { ProjectFile } from './project-model.ts'
import { readProjectText } from './read-project-text.ts'

export type { ComponentEntry, ProjectFile, StackEntry } from './project-model.ts'

/** The name of the file that stacks are written in. */
export const PROJECT_FILE = 'sidestep.yaml'

/** The nearest sidestep.yaml upwards from a folder; `undefined` where there is none. */
export function findProjectFile(cwd: string): string | undefined {
  const folder = nearestFolder(cwd, [PROJECT_FILE])
  return folder === undefined ? undefined : join(folder, PROJECT_FILE)
}

/**
 * Rejects with one `CONFIG_INVALID` error that names everything that is wrong, each with line and column: what is no
 * YAML, unknown keys with the nearest known one, names that nothing has, values that look like secrets. At most 1 MiB.
 */
export async function readProjectFile(path: string): Promise<ProjectFile> {
  return parseProjectText(path, textOf(path))
}

/**
 * The flavors that the file registers; `undefined` where it can have none. A file whose text has no such key is not
 * parsed, so its mistakes are not found: a list of flavors does not wait for a parser to load. Else rejects as
 * `readProjectFile` does.
 */
export async function readFlavorSources(path: string): Promise<FlavorSources | undefined> {
  const text = textOf(path)
  // However YAML is written, a key is there letter by letter, or with an escape.
  if (!text.includes('flavors') && !text.includes('\\')) return undefined
  return (await parseProjectText(path, text)).flavors
}

/** The same of a text that is, or is to be, in the file. */
export async function parseProjectText(path: string, text: string): Promise<ProjectFile> {
  // A program that has no such file does not wait for a parser to load.
  const { parseProjectFile } = await import('./parse-project-file.ts')
  return parseProjectFile(path, basename(path), text)
}

function textOf(path: string): string {
  const read = readProjectText(path)
  if (read !== undefined) return read.text
  throw configError('CONFIG_INVALID', `${path} does not exist`, '`sidestep init` makes one.')
}
