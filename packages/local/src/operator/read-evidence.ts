import { readIfThere } from '@sidestep/core/files'
import { bootId, findProcess, isRunning, type ProcessIdentity } from '@sidestep/core/process'

import { readJson } from '../files/json-file.ts'
import type { JobFolder } from '../job/job-folder.ts'
import { killJobProcesses } from '../job/job-processes.ts'
import type { ExitRecord, JobRecord, PhaseRecord } from '../job/job-record.ts'
import { lookAtSupervisor } from '../job/supervision.ts'
import type { JobEvidence } from './job-state.ts'

/** A group whose supervisor died is mostly gone before anybody looks; else this long is waited for each time. */
const KILL_MS = 2_000

/**
 * Reads what there is to know of a job: a few small files, and whether one process runs. A job that lost its
 * supervisor is first made to end.
 */
export async function readEvidence(folder: JobFolder): Promise<JobEvidence> {
  const record = await readJson<JobRecord>(folder.job)
  if (record === undefined) return { phases: [], supervised: false }
  const supervision = lookAtSupervisor(record)
  // Read after the look at the supervisor: it may have ended in between, and this is the last thing that it does.
  const exit = await readJson<ExitRecord>(folder.exit)
  const phases = await readPhases(folder)
  if (exit !== undefined) return { record, phases, exit, supervised: supervision === 'running' }
  if (supervision !== 'gone') return { record, phases, supervised: true }
  if ((await endOrphan(folder, record)) === 'still running') return { record, phases, supervised: true }
  const lastWords = await lastLineOf(folder.supervisorLog)
  return { record, phases, supervised: false, ...(lastWords === undefined ? {} : { lastWords }) }
}

/** Makes sure that nothing of a job runs whose supervisor is gone. */
export async function endOrphan(
  folder: JobFolder,
  { labels, supervisor }: JobRecord,
): Promise<'gone' | 'still running'> {
  const leader = await readJson<ProcessIdentity>(folder.group)
  // After a restart of the machine, the numbers mean other processes.
  if (supervisor.bootId !== bootId()) return 'gone'
  const group = leader !== undefined && leadsItsGroup(leader) ? { group: leader.pid } : {}
  const left = await killJobProcesses({ token: labels.token, ...group }, KILL_MS)
  return left.length === 0 ? 'gone' : 'still running'
}

/** Whether the group with this number is the job's: its leader lives, or no other process took its pid. */
function leadsItsGroup(leader: ProcessIdentity): boolean {
  return isRunning(leader) || findProcess(leader.pid) === undefined
}

async function readPhases(folder: JobFolder): Promise<PhaseRecord[]> {
  const lines = (await readIfThere(folder.phases))?.split('\n') ?? []
  // What stands behind the last line end is a line that is being written.
  return lines.slice(0, -1).flatMap(readPhase)
}

/** A disk that was full keeps a part of a line; the next one stands right behind it, and only that is lost. */
function readPhase(line: string): readonly PhaseRecord[] {
  try {
    return [JSON.parse(line.slice(line.lastIndexOf('{'))) as PhaseRecord]
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

async function lastLineOf(path: string): Promise<string | undefined> {
  const lines = (await readIfThere(path))?.split('\n').filter((line) => /^\w*Error\b/.test(line))
  return lines?.at(-1)
}
