import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { heartbeatKey, resultKey, type AttemptKey } from '../artifact/layout.ts'
import type { Clock } from '../clock.ts'
import { latestIncarnation } from './latest-incarnation.ts'

/** A job beats every 30 seconds: one that misses two beats is taken for dead, in milliseconds. */
const SILENCE_MS = 90_000
const LOOK_EVERY_MS = 5_000

/** Waits until an attempt's job has left its result, or has not beaten for a while, or the signal aborts. */
export async function untilSilent(
  key: AttemptKey,
  { store, clock, signal }: { readonly store: ArtifactStore; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  let beat = ''
  let heardAt = clock.now()
  while (!signal.aborted && clock.now() - heardAt < SILENCE_MS) {
    if ((await store.stat(resultKey(key))) !== undefined) return
    const latest = await lastBeat(key, store)
    if (latest !== beat) heardAt = clock.now()
    beat = latest
    await clock.sleep(LOOK_EVERY_MS, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}

async function lastBeat(key: AttemptKey, store: ArtifactStore): Promise<string> {
  const incarnation = await latestIncarnation(key, store)
  const bytes = await store.get(heartbeatKey({ ...key, incarnation }))
  return bytes === undefined ? '' : `${incarnation} ${Buffer.from(bytes).toString('utf8')}`
}
