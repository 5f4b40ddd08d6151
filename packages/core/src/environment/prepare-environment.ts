import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { linkOrCopy } from '../link-or-copy.ts'
import type { Lock } from './npm-lock.ts'
import { placePackages, putInPlace, type PlacePackagesOptions } from './place-packages.ts'

export interface PrepareEnvironmentOptions extends Omit<PlacePackagesOptions, 'lock'> {
  readonly bundlePath: string
  /** Absent for a step without requirements. */
  readonly lock: Lock | undefined
  /** What the bundle and its packages are put into. */
  readonly folder: string
}

/** Puts the bundle as `step.mjs` and the requirements as `node_modules` into a folder. Doing it again changes nothing. */
export async function prepareEnvironment(options: PrepareEnvironmentOptions): Promise<void> {
  const { bundlePath, lock, folder, ...rest } = options
  await mkdir(folder, { recursive: true })
  await putInPlace(join(folder, 'step.mjs'), (path) => linkOrCopy(bundlePath, path))
  if (lock !== undefined) await placePackages(folder, { ...rest, lock })
}
