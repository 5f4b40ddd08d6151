import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { codeOf } from '@sidestep/core/component'

/** Small files below `images`, each of which is made anew where it is missing. */
const FOLDERS = ['bases', 'documents', 'known', 'pushes']

/** How much is kept. */
export interface KeptFilesLimits {
  /** Files, of each folder. Default: 500. */
  readonly count: number
  /** A file that was written in this time is never removed: somebody may be about to read it. Default: an hour. */
  readonly minimumAgeMs: number
}

const DEFAULTS: KeptFilesLimits = { count: 500, minimumAgeMs: 60 * 60 * 1000 }

/**
 * Removes what is known of bases, registries and pushes beyond the limits, the oldest first. `home` is `.sidestep`.
 * Leases, and what somebody is making, are left to those that make it.
 */
export async function pruneKept(home: string, options: Partial<KeptFilesLimits> = {}): Promise<void> {
  const limits = { ...DEFAULTS, ...options }
  await Promise.all(FOLDERS.map((name) => pruneFolder(join(home, 'images', name), limits)))
}

async function pruneFolder(folder: string, { count, minimumAgeMs }: KeptFilesLimits): Promise<void> {
  const names = (await orNothing(readdir(folder))) ?? []
  const files = names.filter((name) => !/\.lease|\.partial-/u.test(name))
  // Most folders have few: nothing is asked of the files of those.
  if (files.length <= count) return
  const written = await Promise.all(
    files.map(async (name) => ({ name, at: (await orNothing(stat(join(folder, name))))?.mtimeMs ?? 0 })),
  )
  const newest = Date.now() - minimumAgeMs
  const old = written.sort((a, b) => b.at - a.at).slice(count)
  await Promise.all(old.filter(({ at }) => at < newest).map(({ name }) => rm(join(folder, name), { force: true })))
}

/** What is not there, or not any more, since another process does the same. */
async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
