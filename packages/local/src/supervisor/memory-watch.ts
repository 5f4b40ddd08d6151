import { setTimeout as sleep } from 'node:timers/promises'

import { commandProcesses } from '../job/job-processes.ts'
import { proportionalBytes, readProcessTable, residentBytes, type ProcessRow } from '../job/process-table.ts'

export interface MemoryWatchOptions {
  /** Pid of the command. */
  readonly leader: number
  /** Absent: the memory is only noted. */
  readonly limitBytes?: number
  /** Called once, with what was used. */
  readonly onExceeded: (bytes: number) => void
  readonly signal: AbortSignal
}

/** What a watch has seen. */
export interface MemorySeen {
  peakBytes: number
}

const LIMITED_PAUSE_MS = 200
const UNLIMITED_PAUSE_MS = 1_000
/** Looking takes at most this part of one processor, on a machine with however many processes. */
const SHARE_OF_PROCESSOR = 1 / 25

/** Looks at the memory of a command and all that descends from it, until the signal aborts. */
export async function watchMemory(options: MemoryWatchOptions, seen: MemorySeen): Promise<void> {
  const { leader, limitBytes, onExceeded, signal } = options
  const pauseMs = limitBytes === undefined ? UNLIMITED_PAUSE_MS : LIMITED_PAUSE_MS
  let costMs = 0
  while (!signal.aborted) {
    const begin = performance.now()
    const processes = commandProcesses(await readProcessTable(), leader)
    const bytes = memoryOf(processes, limitBytes ?? Infinity)
    seen.peakBytes = Math.max(seen.peakBytes, bytes)
    if (limitBytes !== undefined && bytes > limitBytes) {
      onExceeded(bytes)
      return
    }
    costMs = performance.now() - begin
    await sleep(Math.max(pauseMs, costMs / SHARE_OF_PROCESSOR), undefined, { signal }).catch(() => undefined)
  }
}

/**
 * Resident memory counts pages that processes share in each of them: it is cheap to read, and never less than the
 * truth. Only where it is over the limit, shared pages are divided, which costs the kernel a walk over all of them.
 */
function memoryOf(processes: readonly ProcessRow[], limitBytes: number): number {
  const resident = sum(processes.map(residentBytes))
  return resident <= limitBytes ? resident : sum(processes.map(proportionalBytes))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
