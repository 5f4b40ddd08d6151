import { hostname } from 'node:os'

import { systemClock } from '../clock.ts'
import type { JobProcess } from '../job-process.ts'

/** This process, as the place where a step ran. `module` is the file that defines the step. */
export function launcherProcess(module: string | undefined): JobProcess {
  return {
    host: hostname(),
    pid: process.pid,
    startedAt: systemClock.date().toISOString(),
    nodeVersion: process.version,
    module: module ?? '',
    folder: process.cwd(),
  }
}
