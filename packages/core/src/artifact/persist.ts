import { setTimeout as sleep } from 'node:timers/promises'

import { SidestepError } from '../errors.ts'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 30_000
const DEFAULT_PATIENCE_MS = 15 * 60_000

/** How long to go on while the artifact store gives no answer. */
export interface Persistence {
  readonly signal?: AbortSignal
  /** Milliseconds that are left; asked again before each wait, since it shrinks when a job is told to stop. */
  readonly patienceMs?: () => number
  readonly wait?: (milliseconds: number, options: { readonly signal?: AbortSignal }) => Promise<void>
}

/** Tries a call of the store again, with backoff, while the store gives no answer. Throws the store's last error. */
export async function persist<T>(call: () => Promise<T>, persistence: Persistence = {}): Promise<T> {
  const { signal, patienceMs = fifteenMinutes(), wait = pause } = persistence
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await call()
    } catch (error) {
      signal?.throwIfAborted()
      if (!SidestepError.isInstance(error) || error.code !== 'STORE_FAILED' || patienceMs() < waitMs) throw error
      await wait(waitMs, signal === undefined ? {} : { signal })
    }
  }
}

function fifteenMinutes(): () => number {
  const deadline = performance.now() + DEFAULT_PATIENCE_MS
  return () => deadline - performance.now()
}

async function pause(milliseconds: number, options: { readonly signal?: AbortSignal }): Promise<void> {
  try {
    await sleep(milliseconds, undefined, options)
  } catch (error) {
    // The timer's own error says nothing; the signal's reason does.
    options.signal?.throwIfAborted()
    throw error
  }
}
