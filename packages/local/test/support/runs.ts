import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { isRunning } from '@sidestep/core/process'

import { readJson } from '../../src/files/json-file.ts'
import type { JobRecord } from '../../src/job/job-record.ts'

export interface RunsHome {
  readonly path: string
  /** Tokens of jobs whose supervisor still runs. */
  liveJobs(): Promise<readonly string[]>
  remove(): Promise<void>
}

/** Makes runs of this process keep their state in a folder of their own. */
export async function temporaryHome(): Promise<RunsHome> {
  const path = await mkdtemp(join(tmpdir(), 'sidestep-runs-'))
  const before = process.env['SIDESTEP_HOME']
  process.env['SIDESTEP_HOME'] = path
  return {
    path,
    liveJobs: async () => {
      const tokens = await readdir(join(path, 'jobs'))
      const records = await Promise.all(
        tokens.map(async (token) => ({
          token,
          record: await readJson<JobRecord>(join(path, 'jobs', token, 'job.json')),
        })),
      )
      return records
        .filter(({ record }) => record !== undefined && isRunning(record.supervisor))
        .map(({ token }) => token)
    },
    remove: async () => {
      if (before === undefined) delete process.env['SIDESTEP_HOME']
      else process.env['SIDESTEP_HOME'] = before
      await rm(path, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
