import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { findProcess } from '@sidestep/core/process'

import { writeJson } from '../files/json-file.ts'
import { commandProcesses, killJobProcesses, sendSignal } from '../job/job-processes.ts'
import type { JobFolder } from '../job/job-folder.ts'
import type { JobEnd } from '../job/job-record.ts'
import { readProcessTable } from '../job/process-table.ts'
import type { RequestFile } from '../job/job-request.ts'
import { writeStepEnd } from '../job/step-end.ts'
import type { BoundedLog } from './bounded-log.ts'
import { startCommand, type CommandExit } from './command.ts'
import type { EndCause, Ending } from './ending.ts'
import { watchMemory, type MemorySeen } from './memory-watch.ts'
import { startPhase } from './phase-log.ts'
import { limitTime } from './time-limit.ts'

export interface RunCommandOptions {
  readonly folder: JobFolder
  readonly file: RequestFile
  readonly environment: Record<string, string>
  readonly ending: Ending
  readonly log: BoundedLog
  readonly memory: MemorySeen
}

/** The entrypoint ends the step when the grace is over, and then still says so: until here. */
const REPORT_MS = 2_000
/** A process that is killed is gone at once, unless it hangs in the kernel. */
const KILL_MS = 10_000

/** Runs the command until nothing of it is left, within its limits. */
export async function runCommand(options: RunCommandOptions): Promise<JobEnd> {
  const { folder, file, environment, ending, log } = options
  const { limits, command: words } = file.request
  startPhase(folder, 'running')
  const command = startCommand(words, { folder, environment, log })
  if (command.pid === undefined) return judgeEnd(await command.exited, undefined)
  const runLimit = limitTime(limits.runMs, 'the step', ending)
  const exit = new AbortController()
  const exited = command.exited.finally(() => {
    runLimit.lift()
    exit.abort()
  })
  const running = { ...options, pid: command.pid, exited: exit.signal }
  try {
    const [end] = await Promise.all([exited, stopWhenAsked(running), watch(running)])
    return judgeEnd(end, ending.cause)
  } finally {
    const left = await killJobProcesses({ token: file.labels.token, group: command.pid }, KILL_MS)
    if (left.length > 0) log.append(`sidestep: these processes could not be killed: ${left.join(', ')}\n`)
    await command.drain()
  }
}

interface Running extends RunCommandOptions {
  readonly pid: number
  /** Aborts when the command has exited. */
  readonly exited: AbortSignal
}

async function watch({ pid, exited, folder, file, ending, memory }: Running): Promise<void> {
  // Nobody will have to look for one that has ended already.
  const leader = findProcess(pid)
  if (leader !== undefined) await writeJson(folder.group, leader)
  const { memoryBytes: limitBytes } = file.request.limits
  const limit = limitBytes === undefined ? {} : { limitBytes }
  const onExceeded = (bytes: number): void => {
    const message = `the job used ${mebibytes(bytes)} of memory, more than the ${mebibytes(limitBytes ?? 0)} that it may`
    ending.end({ reason: 'oom', message })
  }
  await watchMemory({ leader: pid, onExceeded, signal: exited, ...limit }, memory)
}

/**
 * When the job has to end: SIGTERM to the whole group, and SIGKILL after the grace. Memory leaves no time to ask: all
 * but the entrypoint is killed, which reports that, and then ends by itself.
 */
async function stopWhenAsked({ pid, exited, folder, file, ending }: Running): Promise<void> {
  const cause = await causeBefore(exited, ending)
  if (cause === undefined) return
  if (cause.reason === 'oom') {
    await writeStepEnd(folder, { kind: 'oom', message: cause.message })
    const members = commandProcesses(await readProcessTable(), pid)
    for (const member of members) if (member.pid !== pid) sendSignal(member.pid, 'SIGKILL')
    await pause(REPORT_MS, exited)
  } else {
    startPhase(folder, 'stopping')
    sendSignal(-pid, 'SIGTERM')
    await pause(file.request.limits.stopGraceMs + REPORT_MS, exited)
  }
  await killJobProcesses({ token: file.labels.token, group: pid }, KILL_MS)
}

/** The cause of an end that came before the command's own, or `undefined`. */
async function causeBefore(exited: AbortSignal, ending: Ending): Promise<EndCause | undefined> {
  const either = AbortSignal.any([exited, ending.signal])
  if (!either.aborted) await once(either, 'abort')
  return exited.aborted ? undefined : ending.cause
}

function judgeEnd({ startError, ...exit }: CommandExit, cause: EndCause | undefined): JobEnd {
  if (startError !== undefined) {
    return { reason: 'start_failed', message: `the command could not be started: ${startError.message}` }
  }
  return { ...exit, ...(cause ?? { reason: 'exited' }) }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined)
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`
}
