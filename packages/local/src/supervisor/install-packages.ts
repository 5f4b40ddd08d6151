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
  const { placePackages } = await import('@sidestep/core/environment')
  await placePackages(folder.path, { ...packages, ...options })
}
