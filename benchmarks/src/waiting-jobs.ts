import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { median, type Report } from './report.ts'
import type { WaitingMemory } from './waiting-child.ts'

const ROUNDS = 3
const COUNTS = [1_000, 10_000] as const
const KIB = 1024
const TARGET_KIB = 20

/** What a launcher holds for each job that it waits for, beyond what it needs for one. */
export async function waitingJobs(): Promise<Report> {
  const looks = new Map<number, WaitingMemory[]>()
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const jobs of [1, ...COUNTS]) looks.set(jobs, [...(looks.get(jobs) ?? []), await inChild(jobs)])
  }
  const of = (jobs: number, what: keyof WaitingMemory): number => median((looks.get(jobs) ?? []).map((it) => it[what]))
  const perJob = (jobs: number, what: keyof WaitingMemory): number => (of(jobs, what) - of(1, what)) / (jobs - 1) / KIB
  return {
    title: 'waiting-jobs: memory of a launcher for each job that it waits for',
    figures: COUNTS.flatMap((jobs) => [
      { what: `${jobs} jobs, objects`, value: perJob(jobs, 'heap'), unit: 'KiB', target: TARGET_KIB },
      { what: `${jobs} jobs, resident memory`, value: perJob(jobs, 'resident'), unit: 'KiB' },
    ]),
    // What the allocators keep of starting so many jobs at once is in the resident memory, too.
    notes: [`medians of ${ROUNDS} processes each, beside one that waits for one job`],
  }
}

async function inChild(jobs: number): Promise<WaitingMemory> {
  const script = join(import.meta.dirname, 'waiting-child.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, String(jobs)])
  return JSON.parse(stdout) as WaitingMemory
}
