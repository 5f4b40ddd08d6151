import { randomUUID } from 'node:crypto'
import { rename, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { installLock, type InstallOptions } from './install.ts'
import type { Lock } from './npm-lock.ts'

/** What {@link placePackages} needs to know. */
export interface PlacePackagesOptions extends Omit<InstallOptions, 'folder'> {
  /** Which packages, each at one version. */
  readonly lock: Lock
  /** Where installed locks are kept and shared: `.sidestep/environments`. */
  readonly environmentsFolder: string
}

/**
 * Gives a folder its `node_modules`: a link to those of the shared folder of the lock, which is installed where it is
 * not complete. Doing it again changes nothing. Rejects as {@link installLock} does.
 */
export async function placePackages(
  folder: string,
  { lock, environmentsFolder, ...options }: PlacePackagesOptions,
): Promise<void> {
  const environment = await installLock(lock, { ...options, folder: environmentsFolder })
  await putInPlace(join(folder, 'node_modules'), (path) => symlink(resolve(environment, 'node_modules'), path, 'dir'))
}

/** In one move, so that whoever looks finds the old or the new. */
export async function putInPlace(path: string, create: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    await create(draft)
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}
