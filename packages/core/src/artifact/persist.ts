import { systemClock, type Clock } from '../clock.ts'
import { SidestepError } from '../errors.ts'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 30_000
/** Between tries when there is a hurry. */
const LONGEST_HURRIED_WAIT_MS = 1_000

/** How long a call is tried again by default, in milliseconds. */
export const DEFAULT_PATIENCE_MS: number = 15 * 60_000

/** How long to go on while the artifact store gives no answer. */
export interface Persistence {
  readonly signal?: AbortSignal
  /** Milliseconds that one call is tried again, counted from its first failure. Default: {@link DEFAULT_PATIENCE_MS}. */
  readonly patienceMs?: number
  /** Aborts when there is a hurry: a wait is cut short, and `timeLeftMs` counts from now on. */
  readonly hurry?: AbortSignal
  /** Milliseconds that are left for all calls together; asked again after each failure. Default: any number. */
  readonly timeLeftMs?: () => number
  readonly clock?: Clock
}

/** Tries a call of the store again, with backoff, while the store gives no answer. Throws the store's last error. */
export async function persist<T>(call: () => Promise<T>, persistence: Persistence = {}): Promise<T> {
  const { signal, hurry, patienceMs = DEFAULT_PATIENCE_MS, clock = systemClock } = persistence
  const { timeLeftMs = () => Number.POSITIVE_INFINITY } = persistence
  let deadline: number | undefined
  for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
    try {
      return await call()
    } catch (error) {
      signal?.throwIfAborted()
      if (!mayAnswerLater(error)) throw error
      deadline ??= clock.now() + patienceMs
      const leftMs = Math.min(deadline - clock.now(), timeLeftMs())
      if (leftMs <= 0) throw error
      const longestMs = hurry?.aborted === true ? LONGEST_HURRIED_WAIT_MS : LONGEST_WAIT_MS
      await pause(Math.min(waitMs, longestMs, leftMs), clock, persistence)
    }
  }
}

/** Whether this is a store's error that says nothing definite. */
export function isStoreAway(error: unknown): boolean {
  return SidestepError.isInstance(error) && error.code === 'STORE_FAILED'
}

/** Whether this is a store's error, and asking again may help: waiting gives nobody a right, and makes no bucket. */
export function mayAnswerLater(error: unknown): boolean {
  return SidestepError.isInstance(error) && isStoreAway(error) && error.kind !== 'auth' && error.kind !== 'config'
}

async function pause(milliseconds: number, clock: Clock, { signal, hurry }: Persistence): Promise<void> {
  const cutShortBy = [signal, hurry?.aborted === true ? undefined : hurry].filter((cut) => cut !== undefined)
  try {
    await clock.sleep(milliseconds, { signal: AbortSignal.any(cutShortBy) })
  } catch (error) {
    signal?.throwIfAborted()
    if (hurry?.aborted !== true) throw error
  }
}
