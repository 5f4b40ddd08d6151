import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { isRunning } from '@sidestep/core/process'

import { readJson } from '../../src/files/json-file.ts'
import type { JobRecord } from '../../src/job/job-record.ts'
import { TOKEN_VARIABLE } from '../../src/job/job-variables.ts'
import { readProcessTable, startedWith } from '../../src/job/process-table.ts'

export interface RunsHome {
  readonly path: string
  /** Tokens of jobs that have not ended and whose supervisor still runs. */
  liveJobs(): Promise<readonly string[]>
  /** Pids of all processes that belong to a job of this home, supervisors among them. */
  processes(): Promise<readonly number[]>
  remove(): Promise<void>
}

/** Makes runs of this process keep their state in a folder of their own, where nothing is but what is shared. */
export async function temporaryHome({ empty = false } = {}): Promise<RunsHome> {
  const path = await mkdtemp(join(tmpdir(), 'sidestep-runs-'))
  const before = process.env['SIDESTEP_HOME']
  process.env['SIDESTEP_HOME'] = path
  if (!empty) await Promise.all([shareCompileCache(path), shareBundles(path), shareBases(path)])
  return {
    path,
    liveJobs: async () => {
      const tokens = await jobsOf(path)
      const records = await Promise.all(
        tokens.map(async (token) => ({
          token,
          record: await readJson<JobRecord>(join(path, 'jobs', token, 'job.json')),
          // Its supervisor is on its way out then.
          ended: existsSync(join(path, 'jobs', token, 'exit.json')),
        })),
      )
      return records
        .filter(({ record, ended }) => record !== undefined && !ended && isRunning(record.supervisor))
        .map(({ token }) => token)
    },
    processes: async () => {
      const tokens = await jobsOf(path)
      const rows = await readProcessTable()
      return rows.flatMap(({ pid }) =>
        tokens.some((token) => startedWith(pid, `${TOKEN_VARIABLE}=${token}`)) ? [pid] : [],
      )
    },
    remove: async () => {
      if (before === undefined) delete process.env['SIDESTEP_HOME']
      else process.env['SIDESTEP_HOME'] = before
      await rm(path, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The supervisors of a home share what they compile with those of other homes: each test has a home of its own. */
export async function shareCompileCache(home: string): Promise<void> {
  const shared = process.env['NODE_COMPILE_CACHE']
  if (shared !== undefined) await symlink(shared, join(home, 'compile-cache'))
}

/** A pipeline is bundled once for all homes, as it is for all runs of one: that is a third of the time of a short run. */
async function shareBundles(home: string): Promise<void> {
  const shared = process.env['NODE_COMPILE_CACHE']
  if (shared === undefined) return
  await mkdir(join(shared, 'bundles'), { recursive: true })
  await symlink(join(shared, 'bundles'), join(home, 'bundles'))
}

/** What is known of the image that all images of tests are built on: it is read for seconds. */
async function shareBases(home: string): Promise<void> {
  const shared = process.env['NODE_COMPILE_CACHE']
  if (shared === undefined) return
  const images = join(home, 'images')
  const bases = join(shared, 'bases')
  await Promise.all([mkdir(bases, { recursive: true }), mkdir(images, { mode: 0o700 })])
  await symlink(bases, join(images, 'bases'))
}

async function jobsOf(home: string): Promise<readonly string[]> {
  const folder = join(home, 'jobs')
  return existsSync(folder) ? readdir(folder) : []
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
