import { ContainerRunner } from './containers/container-runner.ts'
import { findEngine } from './containers/engine.ts'
import type { JobRunner } from './job.ts'
import { ProcessRunner } from './processes/process-runner.ts'

export type { JobEnd, JobRunner, JobToRun, RunningJob } from './job.ts'

/** How jobs are run. */
export interface JobRunnerOptions {
  /** Below it are the folders of jobs, and what is kept of images. It is made. */
  readonly folder: string
  /** Default: `container` where an engine answers whose containers reach 127.0.0.1 of this machine. */
  readonly kind?: 'container' | 'process'
  /** Of the engine: `unix:///var/run/docker.sock`. Default: `DOCKER_HOST`, else the socket of the system. */
  readonly host?: string
}

/**
 * A runner for this machine. `container` where an engine answers: an image by its digest is pulled and run. `process` else: the command
 * runs as a process of this machine, with only the layers unpacked that Sidestep itself appended, and fixed folders mapped through
 * `SIDESTEP_FS_ROOT`. Rejects where `container` is asked for and there is no such engine.
 */
export async function jobRunner({ folder, kind, host }: JobRunnerOptions): Promise<JobRunner> {
  if (kind === 'process') return ProcessRunner.start(folder, 'as asked')
  const engine = await findEngine(host)
  if (!('why' in engine)) return ContainerRunner.start(engine)
  if (kind === 'container') throw new Error(`jobs cannot run in containers: ${engine.why}`)
  return ProcessRunner.start(folder, engine.why)
}
