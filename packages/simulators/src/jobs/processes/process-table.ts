import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import { codeOf } from '../message-of.ts'

/** In the environment of every process of a job: `<owner>/<runner>/<job>`. */
export const JOB_MARK = 'SIDESTEP_SIMULATED_JOB'

/**
 * One process that runs; those that ended and wait for their parent (zombies) do not. Core knows one process by its pid, and has no use for a
 * table of them all: `local` keeps each job in a group of its own, where a simulator also ends what has left the group.
 */
export interface ProcessRow {
  readonly pid: number
  /** Of its process group: the pid of the group's first leader. */
  readonly group: number
}

const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100

/**
 * Kills what belongs to a job until nothing of it is left, or the time is over. Resolves to the pids that still run then: normally none,
 * but one that hangs in the kernel.
 */
export async function killAll(belongs: (row: ProcessRow) => boolean, timeoutMs: number): Promise<readonly number[]> {
  const deadline = performance.now() + timeoutMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const left = (await processTable()).filter((row) => row.pid !== process.pid && belongs(row)).map(({ pid }) => pid)
    if (left.length === 0 || performance.now() > deadline) return left
    for (const pid of left) sendSignal(pid, 'SIGKILL')
    await sleep(pauseMs)
  }
}

/** Signals a process, or with a negative number a group. One that is gone, or not ours to signal, is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes(codeOf(error) ?? '')) throw error
  }
}

/** The mark that a process was started with. `undefined`: none, or only Linux tells and this is another system. */
export function markOf(pid: number): string | undefined {
  if (platform() !== 'linux') return undefined
  const variables = readProcFile(`/proc/${pid}/environ`)?.split('\0')
  return variables?.find((line) => line.startsWith(`${JOB_MARK}=`))?.slice(JOB_MARK.length + 1)
}

/** How often the system killed a process for memory since it began. `undefined`: it does not tell. */
export function memoryKills(): number | undefined {
  if (platform() !== 'linux') return undefined
  const count = /^oom_kill (\d+)$/m.exec(readProcFile('/proc/vmstat') ?? '')?.[1]
  return count === undefined ? undefined : Number(count)
}

async function processTable(): Promise<readonly ProcessRow[]> {
  if (platform() !== 'linux') return psTable()
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return names.flatMap((name) => {
    const stat = readProcFile(`/proc/${name}/stat`)
    // The command's name stands in parentheses and may hold anything; the fields are counted from behind it.
    const [state, , group] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ', 3) ?? ['X']
    return state === 'Z' || state === 'X' ? [] : [{ pid: Number(name), group: Number(group) }]
  })
}

async function psTable(): Promise<readonly ProcessRow[]> {
  const maxBuffer = 16 * 2 ** 20
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,pgid=,stat='], { maxBuffer })
  return stdout.split('\n').flatMap((line) => {
    const [pid, group, state] = line.trim().split(/\s+/)
    return state === undefined || state.startsWith('Z') ? [] : [{ pid: Number(pid), group: Number(group) }]
  })
}

/** Reading what the kernel makes up needs no thread. `undefined` where the process has ended or is not ours. */
function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}
