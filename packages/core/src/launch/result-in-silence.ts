import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { resultKey, type AttemptKey } from '../artifact/layout.ts'
import type { Clock } from '../clock.ts'

/**
 * A provider that has said nothing about a job for so long is not waited for where the job has left its result, in milliseconds. Where it
 * is seldom asked, it is longer.
 */
export const SILENT_PROVIDER_MS: number = 5 * 60_000
const LOOK_EVERY_MS = 60_000
/** What the answer to a question may take, with what went wrong tried again, in milliseconds. */
const LONGEST_ANSWER_MS = 2 * 60_000

export interface SilenceOptions {
  readonly store: ArtifactStore
  readonly clock: Clock
  /** When the provider last said something about the job, by this process's monotonic clock. */
  readonly answeredAt: () => number
  /** The longest time between two questions, in milliseconds. */
  readonly askedEveryMs: number
  /** Aborts where nobody watches the job any more. */
  readonly over: AbortSignal
}

/**
 * Resolves to true when a job has left its result while its provider is silent: a right that was taken away, or answers that nobody can
 * read, would keep a run waiting for ever. The store is asked only then. Resolves to false where nobody watches any more.
 */
export async function resultInSilence(
  key: AttemptKey,
  { store, clock, answeredAt, askedEveryMs, over }: SilenceOptions,
): Promise<boolean> {
  const longestMs = Math.max(SILENT_PROVIDER_MS, askedEveryMs + LONGEST_ANSWER_MS)
  const isSilent = (): boolean => clock.now() - answeredAt() >= longestMs
  while (!over.aborted) {
    await clock.sleep(LOOK_EVERY_MS, { signal: over }).catch((error: unknown) => {
      if (!over.aborted) throw error
    })
    if (over.aborted || !isSilent()) continue
    // Whoever needs the store says that it is away.
    const result = await store.stat(resultKey(key), { signal: over }).catch(() => undefined)
    // It may have answered meanwhile.
    if (result !== undefined && isSilent()) return true
  }
  return false
}
