import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { resultKey, type AttemptKey } from '../artifact/layout.ts'
import type { Clock } from '../clock.ts'
import { Pulse } from './pulse.ts'

/** A job beats every 30 seconds: one that misses two beats is taken for dead, in milliseconds. */
const SILENCE_MS = 90_000
const LOOK_EVERY_MS = 5_000

/** Waits until an attempt's job has left its result, or has not beaten for a while, or the signal aborts. */
export async function untilSilent(
  key: AttemptKey,
  { store, clock, signal }: { readonly store: ArtifactStore; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const pulse = new Pulse(key, { store, clock, lookEveryMs: LOOK_EVERY_MS })
  while (!signal.aborted) {
    if ((await store.stat(resultKey(key))) !== undefined) return
    await pulse.look()
    if (pulse.silentMs >= SILENCE_MS) return
    await clock.sleep(LOOK_EVERY_MS, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}
