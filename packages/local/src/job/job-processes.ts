import { setTimeout as sleep } from 'node:timers/promises'

import { codeOf } from '@sidestep/core/files'

import { TOKEN_VARIABLE } from './job-variables.ts'
import { readProcessTable, startedWith, type ProcessRow } from './process-table.ts'

/** How the processes of a job are told from all others: its group, and by its token those that left the group. */
export interface JobProcesses {
  readonly token: string
  /** The group that the command's process leads, or led. */
  readonly group?: number
}

const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100

/** The processes of a command: its group, and everything that descends from its leader. */
export function commandProcesses(table: readonly ProcessRow[], leader: number): ProcessRow[] {
  const members = new Set([leader])
  // Children stand before their parents where pids wrapped around, so one pass is not always enough.
  for (let size = 0; size !== members.size;) {
    size = members.size
    for (const { pid, parent, group } of table) if (group === leader || members.has(parent)) members.add(pid)
  }
  return table.filter(({ pid }) => members.has(pid))
}

/**
 * Kills what is left of a job and waits until it is gone. Returns the processes that still run when the time is over
 * (one that hangs in the kernel), which is normally none.
 */
export async function killJobProcesses(job: JobProcesses, timeoutMs: number): Promise<readonly number[]> {
  const deadline = performance.now() + timeoutMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const left = (await readProcessTable()).filter((row) => belongsTo(job, row)).map(({ pid }) => pid)
    if (left.length === 0 || performance.now() > deadline) return left
    if (job.group !== undefined) sendSignal(-job.group, 'SIGKILL')
    for (const pid of left) sendSignal(pid, 'SIGKILL')
    await sleep(pauseMs)
  }
}

/** Signals everything of a job that runs now. */
export async function signalJobProcesses(job: JobProcesses, signal: NodeJS.Signals): Promise<void> {
  for (const row of await readProcessTable()) if (belongsTo(job, row)) sendSignal(row.pid, signal)
}

/** Signals a process, or with a negative number a group. One that is gone, or not ours to signal, is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH' && codeOf(error) !== 'EPERM') throw error
  }
}

function belongsTo({ token, group }: JobProcesses, row: ProcessRow): boolean {
  if (row.pid === process.pid) return false
  return row.group === group || startedWith(row.pid, `${TOKEN_VARIABLE}=${token}`)
}
