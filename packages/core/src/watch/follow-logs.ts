import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { highestNumber } from '../artifact/highest-number.ts'
import { latestIncarnation } from '../artifact/latest-incarnation.ts'
import { incarnationKey, logChunkKey, type AttemptKey, type MachineKey } from '../artifact/layout.ts'
import { linesOfChunk } from '../artifact/log-chunk.ts'
import type { LogLine } from '../artifact/manifest.ts'
import { systemClock, type Clock } from '../clock.ts'
import { backoffMs } from './backoff.ts'

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 1_000
/** How many logs one process reads on a second, whatever it follows: a thousand jobs that print nothing cost requests, too. */
const MOST_LOOKS_PER_SECOND = 20
/** However many are followed, in milliseconds. */
const SLOWEST_WAIT_MS = 30_000

/** Logs that this process follows now. */
let followed = 0

export interface FollowLogsOptions {
  /** One that is patient: what it does not answer has been tried again already. */
  readonly store: ArtifactStore
  readonly clock?: Clock
  /** Aborted when the job has ended: what is there is read to its end, and nothing is waited for any more. */
  readonly ended: AbortSignal
  readonly signal?: AbortSignal
}

/**
 * The lines of an attempt's log as they are written, each once and in order. Asks for the next chunk by its number and
 * never lists; one chunk is held at a time. The more logs a process follows, the later it sees what is new in each.
 */
export async function* followLogs(key: MachineKey, options: FollowLogsOptions): AsyncGenerator<LogLine> {
  followed += 1
  try {
    yield* follow(key, options)
  } finally {
    followed -= 1
  }
}

async function* follow(key: MachineKey, options: FollowLogsOptions): AsyncGenerator<LogLine> {
  const { store, clock = systemClock, ended, signal } = options
  const call = signal === undefined ? {} : { signal }
  let incarnation = 1
  let chunk = 1
  // Whether the next incarnation has begun. Only a chunk that was asked for after that is known not to exist.
  let superseded = false
  for (let misses = 0; ;) {
    const over = ended.aborted
    const name = logChunkKey({ ...key, incarnation }, chunk)
    const bytes = await store.get(name, call)
    if (bytes !== undefined) {
      yield* linesOfChunk(bytes, `${store.uri}/${name}`)
      chunk += 1
      misses = 0
      continue
    }
    if (superseded) {
      incarnation += 1
      chunk = 1
      superseded = false
      continue
    }
    const next = incarnationKey({ ...key, incarnation: incarnation + 1 })
    superseded = (await store.stat(next, call)) !== undefined
    if (superseded) continue
    if (over) return
    await waitOrEnd(waitMs(misses), clock, ended)
    signal?.throwIfAborted()
    misses += 1
  }
}

function waitMs(misses: number): number {
  const shareMs = Math.min((followed * 1_000) / MOST_LOOKS_PER_SECOND, SLOWEST_WAIT_MS)
  const factor = Math.max(shareMs / LONGEST_WAIT_MS, 1)
  const [firstMs, longestMs] = [FIRST_WAIT_MS * factor, LONGEST_WAIT_MS * factor]
  return backoffMs(misses, { firstMs, longestMs, random: Math.random })
}

/** Whether the last start of an attempt's process has left any line. Reads none. */
export async function hasLogLines(key: AttemptKey, store: ArtifactStore): Promise<boolean> {
  const incarnation = await latestIncarnation(key, store)
  return (await store.stat(logChunkKey({ ...key, incarnation }, 1))) !== undefined
}

/** The last lines of an attempt's log, oldest first. */
export async function lastLogLines(key: AttemptKey, store: ArtifactStore, most: number): Promise<readonly LogLine[]> {
  const incarnation = await latestIncarnation(key, store)
  const last = await highestNumber(
    async (n) => (await store.stat(logChunkKey({ ...key, incarnation }, n))) !== undefined,
  )
  const lines: LogLine[] = []
  for (let n = last; n > 0 && lines.length < most; n -= 1) {
    const name = logChunkKey({ ...key, incarnation }, n)
    const bytes = await store.get(name)
    if (bytes !== undefined) lines.unshift(...[...linesOfChunk(bytes, `${store.uri}/${name}`)].slice(-most))
  }
  return lines.slice(-most)
}

async function waitOrEnd(milliseconds: number, clock: Clock, ended: AbortSignal): Promise<void> {
  if (ended.aborted) return
  await clock.sleep(milliseconds, { signal: ended }).catch((error: unknown) => {
    if (!ended.aborted) throw error
  })
}
