import { Socket } from 'node:net'

import { JOB_VARIABLES } from './job-spec.ts'

/**
 * Where a supervisor gave a pipe, its death closes it, and nobody would ever end this job: the whole process group
 * goes at once.
 */
export function endWithParent(environment: NodeJS.ProcessEnv = process.env): void {
  const fd = environment[JOB_VARIABLES.parentFd]
  if (fd === undefined) return
  // Not a file stream: its read would block a thread of the pool, and `process.exit` waits for those forever.
  const pipe = new Socket({ fd: Number(fd), readable: true, writable: false })
  const end = (): void => {
    process.kill(0, 'SIGKILL')
  }
  pipe.on('end', end).on('error', end).resume().unref()
}
