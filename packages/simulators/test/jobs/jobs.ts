import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { onTestFinished } from 'vitest'

import type { JobEnd, JobRunner, JobToRun, RunningJob } from '../../src/jobs/job.ts'

/** A folder that goes with the test. */
export async function testFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-jobs-')))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A job, and its output so far. */
export interface StartedJob extends RunningJob {
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
  /** Resolves when a line was printed that is this one. */
  printed(line: string): Promise<void>
}

export type JobChanges = Partial<JobToRun> & Pick<JobToRun, 'image'>

export function start(runner: JobRunner, changes: JobChanges): StartedJob {
  const output = { stdout: [] as string[], stderr: [] as string[] }
  const job = runner.run({
    name: `job-${randomBytes(4).toString('hex')}`,
    command: [],
    environment: {},
    folders: {},
    graceMs: 5_000,
    onLine: (line, stream) => output[stream].push(line),
    ...changes,
  })
  return Object.assign(job, {
    ...output,
    printed: async (line: string) => {
      await until(`the line ${line}`, () => output.stdout.includes(line))
    },
  })
}

export interface Outcome extends JobEnd {
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
}

/** Starts a job and waits for its end. */
export async function outcome(runner: JobRunner, changes: JobChanges): Promise<Outcome> {
  const job = start(runner, changes)
  const end = await job.ended
  return { ...end, stdout: job.stdout, stderr: job.stderr }
}

/** Asks again and again until it is so. Throws after a while. */
export async function until(what: string, is: () => Promise<boolean> | boolean, deadlineMs = 30_000): Promise<void> {
  for (const deadline = performance.now() + deadlineMs; !(await is()); await sleep(10)) {
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`)
  }
}

/** Whether a process runs. One that ended, and that nobody has asked for, does not. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return platform() !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
