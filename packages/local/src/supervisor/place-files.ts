import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { codeOf, linkOrCopy } from '@sidestep/core/files'

import type { JobFolder } from '../job/job-folder.ts'
import type { LocalRequest } from '../job/job-request.ts'

/** Puts into the folder what the command needs. */
export async function placeFiles(folder: JobFolder, { bundle }: LocalRequest): Promise<void> {
  await mkdir(folder.work, { mode: 0o700 })
  await mkdir(folder.bin, { mode: 0o700 })
  // Programs that the step starts as `node` get the one that runs the step, too.
  await symlink(process.execPath, join(folder.bin, 'node'))
  await placeBundle(bundle, folder.bundle)
}

async function placeBundle({ path, uri }: LocalRequest['bundle'], target: string): Promise<void> {
  try {
    await linkOrCopy(path, target)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || !uri.startsWith('file:')) throw error
    await linkOrCopy(fileURLToPath(uri), target)
  }
}
