import { symlink } from 'node:fs/promises'
import { join } from 'node:path'

import type { JobFolder } from '../job/job-folder.ts'
import type { JobPackages } from '../job/job-request.ts'

export interface InstallOptions {
  readonly signal: AbortSignal
  /** Gets what npm prints. */
  readonly onOutput: (line: string) => void
}

/** Gives the job its `node_modules`: those of the shared folder of its lock, which is made where it is not complete. */
export async function installPackages(
  folder: JobFolder,
  packages: JobPackages,
  options: InstallOptions,
): Promise<void> {
  // Most jobs bring no packages, and start without this.
  const { installLock } = await import('@sidestep/core/environment')
  const { lock, environmentsFolder, projectFolder } = packages
  const environment = await installLock(lock, { folder: environmentsFolder, projectFolder, ...options })
  await symlink(join(environment, 'node_modules'), folder.nodeModules)
}
