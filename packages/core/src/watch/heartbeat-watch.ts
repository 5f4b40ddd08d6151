import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { resultKey, type AttemptKey } from '../artifact/layout.ts'
import type { Clock } from '../clock.ts'
import { DEAD_AFTER_MS, Pulse } from './pulse.ts'

const LOOK_EVERY_MS = 5_000

/** Waits until an attempt's job has left its result, or is dead by its heartbeat, or the signal aborts. */
export async function untilSilent(
  key: AttemptKey,
  { store, clock, signal }: { readonly store: ArtifactStore; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const pulse = new Pulse(key, { store, clock, lookEveryMs: LOOK_EVERY_MS })
  while (!signal.aborted) {
    if ((await store.stat(resultKey(key))) !== undefined) return
    await pulse.look()
    if (pulse.silentMs >= DEAD_AFTER_MS) return
    await clock.sleep(LOOK_EVERY_MS, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}
