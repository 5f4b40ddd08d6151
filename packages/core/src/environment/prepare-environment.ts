import { randomUUID } from 'node:crypto'
import { copyFile, link, mkdir, rename, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { codeOf } from '../errors.ts'
import { installLock } from './install.ts'
import type { Lock } from './npm-lock.ts'

export interface PrepareEnvironmentOptions {
  readonly bundlePath: string
  /** Absent for a step without requirements. */
  readonly lock: Lock | undefined
  /** What the bundle and its packages are put into. */
  readonly folder: string
  /** Where installed locks are kept and shared. */
  readonly environmentsFolder: string
  readonly projectFolder: string
  readonly signal: AbortSignal
  readonly onOutput?: (line: string) => void
  /** Who asks, for errors. */
  readonly origin?: string
}

/** Puts the bundle as `step.mjs` and the requirements as `node_modules` into a folder. Doing it again changes nothing. */
export async function prepareEnvironment(options: PrepareEnvironmentOptions): Promise<void> {
  const { bundlePath, lock, folder, environmentsFolder, ...rest } = options
  await mkdir(folder, { recursive: true })
  await put(join(folder, 'step.mjs'), (path) => linkOrCopy(bundlePath, path))
  if (lock === undefined) return
  const environment = await installLock(lock, { ...rest, folder: environmentsFolder })
  await put(join(folder, 'node_modules'), (path) => symlink(resolve(environment, 'node_modules'), path, 'dir'))
}

/** In one move, so that whoever looks finds the old or the new. */
async function put(path: string, create: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    await create(draft)
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    // Another file system, or one without hard links.
    if (!['EXDEV', 'EPERM', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error
    await copyFile(from, to)
  }
}
