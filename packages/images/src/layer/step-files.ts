import { lstatSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { posix } from 'node:path'

import { entriesOfFolder, type LeaveOut } from './entries-of-folder.ts'
import { ListedFileEntry } from './listed-file-entry.ts'
import type { IgnoreRules } from './ignore-rules.ts'
import { layerError, shown, unreadable } from './layer-error.ts'
import type { FileEntry, LayerEntry } from './layer.ts'

/** The folder of the image that holds what Sidestep puts into it, relative to the root. */
export const SIDESTEP_FOLDER = 'opt/sidestep'

/** A step's bundle, as an entry. Rejects with `IMAGE_INVALID` where it cannot be read. */
export async function bundleEntry(bundlePath: string): Promise<FileEntry> {
  const bundle = await realpath(bundlePath).catch((error: unknown) => {
    throw unreadable(bundlePath, error)
  })
  return new ListedFileEntry({ path: `${SIDESTEP_FOLDER}/step.mjs`, executable: false }, bundle, lstatSync(bundle))
}

/** Which files of a project a step has. */
export interface ProjectFiles {
  /** `files` are relative to it. */
  readonly projectFolder: string
  /** Files and folders of the project, as `docker.files` names them; `.` is all of it. */
  readonly files: readonly string[]
  /** The folder of the image that the files keep their paths below: an absolute path. */
  readonly filesFolder: string
  /** What stays out. */
  readonly rules: IgnoreRules
  /** Gets the paths in the project that stay out: of a folder that does with all below it, the folder's. */
  readonly onLeftOut?: (path: string) => void
  readonly signal: AbortSignal
}

/**
 * A step's files, as entries. Nothing is read before a layer is written, so a plan can list them by name and size.
 * Rejects with `IMAGE_INVALID` as {@link entriesOfFolder} does, and for files that are secrets.
 */
export async function* projectFileEntries(of: ProjectFiles): AsyncGenerator<LayerEntry, void, void> {
  const { projectFolder, files, rules, onLeftOut, signal } = of
  const below = posix.normalize(of.filesFolder).replaceAll(/^\/+|\/+$/gu, '')
  const seen = new Set<string>()
  for (const named of files.map(projectPath)) {
    const rule = rules.below(named)
    const leaveOut: LeaveOut = (path) => {
      const left = rule(path)
      if (left === 'all') onLeftOut?.(path)
      return left
    }
    for await (const entry of entriesOfFolder(projectFolder, { below, path: named, leaveOut, signal })) {
      // Of a folder and a file in it, both may be named.
      if (!seen.has(entry.path)) yield entry
      seen.add(entry.path)
    }
  }
}

function projectPath(named: string): string {
  const path = posix.normalize(named).replace(/\/$/u, '')
  if (named === '' || posix.isAbsolute(path) || path === '..' || path.startsWith('../')) {
    throw layerError(
      `${shown(named)} is no path in the project`,
      'Files of a step are given relative to the folder of package.json.',
    )
  }
  return path === '.' ? '' : path
}
