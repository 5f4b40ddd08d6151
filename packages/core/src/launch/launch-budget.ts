import type { SidestepError } from '../errors.ts'
import type { ResolvedTimeouts } from '../step/policies.ts'
import { formatDuration } from '../units.ts'
import { launchError } from './launch-error.ts'

/** How long a plain `launch()` may take: nobody else sees when its job began to run. In milliseconds. */
export function limitOf({ runMs, totalMs }: ResolvedTimeouts): number | undefined {
  return runMs === undefined || totalMs === undefined ? (runMs ?? totalMs) : Math.min(runMs, totalMs)
}

/** A signal that aborts with another one, or when a limit has passed. Disposing it ends its timer. */
export class LaunchBudget implements Disposable {
  readonly signal: AbortSignal
  readonly #timer: NodeJS.Timeout | undefined
  #exceeded: SidestepError | undefined

  constructor(signal: AbortSignal, limitMs: number | undefined) {
    if (limitMs === undefined) {
      this.signal = signal
      return
    }
    const over = new AbortController()
    this.signal = AbortSignal.any([signal, over.signal])
    this.#timer = setTimeout(() => {
      this.#exceeded = launchError('timeout', `its timeout of ${formatDuration(limitMs)} has passed`)
      over.abort(this.#exceeded)
    }, limitMs)
  }

  /** The error of a launch that took too long. */
  get exceeded(): SidestepError | undefined {
    return this.#exceeded
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}
