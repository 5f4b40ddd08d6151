import { setTimeout as sleep } from 'node:timers/promises'

import pRetry from 'p-retry'

import { ConnectionError } from './connection-error.ts'
import { RegistryAnswerError } from './registry-answer.ts'

export interface RetryOptions {
  readonly signal: AbortSignal
  /** Milliseconds before the second try; it doubles with each. */
  readonly delayMs: number
  /** Called before each further try, with what the last one has thrown. */
  readonly onRetry?: (error: unknown) => void
}

const RETRIES = 6
/** Of tries that end in silence: each of them has waited long. */
const SILENT_RETRIES = 2
const LONGEST_DELAY_MS = 10_000
/** A registry that asks for more (Docker Hub: hours, until its limit on pulls is over) is not waited for. */
const LONGEST_RETRY_AFTER_MS = 60_000
const TRANSIENT_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504]
/** Everything about names and certificates stays wrong. */
const TRANSIENT_CODES: readonly string[] = [
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ERR_STREAM_PREMATURE_CLOSE',
]

/** Does something until it is done, again and again where the reason may pass. Rejects with the last error, as it is. */
export async function retryTransient<T>(attempt: (number: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, delayMs, onRetry } = options
  let silences = 0
  return pRetry(attempt, {
    signal,
    retries: RETRIES,
    minTimeout: delayMs,
    maxTimeout: LONGEST_DELAY_MS,
    randomize: true,
    shouldRetry: ({ error }) => isTransient(error) && silences <= SILENT_RETRIES,
    onFailedAttempt: async ({ error, retryDelay, retriesLeft }) => {
      if (isSilence(error)) silences += 1
      const asked = error instanceof RegistryAnswerError ? (error.retryAfterMs ?? 0) : 0
      if (!isTransient(error) || retriesLeft === 0 || silences > SILENT_RETRIES) return
      onRetry?.(error)
      if (asked > retryDelay) await sleep(asked - retryDelay, undefined, { signal })
    },
  })
}

/** How long it may be tried again after a failure such as this one, in milliseconds. `silenceMs`: what a silent try takes. */
export function longestRetryMs(
  error: unknown,
  { delayMs, silenceMs }: Pick<RetryOptions, 'delayMs'> & { readonly silenceMs: number },
): number {
  const [retries, tryMs] = isSilence(error) ? [SILENT_RETRIES, silenceMs] : [RETRIES, 0]
  // Each delay is a random one, up to twice as long.
  const delays = Array.from({ length: retries }, (_, n) => Math.min(2 * delayMs * 2 ** n, LONGEST_DELAY_MS) + tryMs)
  return delays.reduce((sum, delay) => sum + delay, 0)
}

function isSilence(error: unknown): boolean {
  return error instanceof ConnectionError && error.code === 'ETIMEDOUT'
}

/** True for what may work the next time. The source of an upload can be a download: what it says counts as well. */
export function isTransient(error: unknown): boolean {
  if (error instanceof RegistryAnswerError) {
    return TRANSIENT_STATUSES.includes(error.status) && (error.retryAfterMs ?? 0) <= LONGEST_RETRY_AFTER_MS
  }
  if (error instanceof ConnectionError) return error.code !== undefined && TRANSIENT_CODES.includes(error.code)
  return error instanceof Error && error.cause !== undefined && isTransient(error.cause)
}
