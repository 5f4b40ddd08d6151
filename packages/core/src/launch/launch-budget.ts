import type { Clock } from '../clock.ts'
import type { SidestepError } from '../errors.ts'
import type { ResolvedTimeouts } from '../step/policies.ts'
import { formatDuration } from '../units.ts'
import { launchError } from './launch-error.ts'
import { takenOverBy } from './stop-request.ts'

/** How long a plain `launch()` may take: nobody else sees when its job began to run. In milliseconds. */
export function limitOf({ runMs, totalMs }: ResolvedTimeouts): number | undefined {
  return runMs === undefined || totalMs === undefined ? (runMs ?? totalMs) : Math.min(runMs, totalMs)
}

/**
 * What bounds a plain `launch()`: its signal aborts with the step's, or when a limit has passed. It does not where
 * another launcher has taken the run over: the operator would end its job, which belongs to that launcher. Disposing it
 * ends its timer.
 */
export class LaunchBudget implements Disposable {
  readonly signal: AbortSignal
  readonly #takenOver: PromiseWithResolvers<never> = Promise.withResolvers<never>()
  readonly #disposed: AbortController = new AbortController()
  #exceeded: SidestepError | undefined

  constructor(step: AbortSignal, { limitMs, clock }: { readonly limitMs: number | undefined; readonly clock: Clock }) {
    const over = new AbortController()
    this.signal = over.signal
    // It is only heard while somebody waits for the launch.
    this.#takenOver.promise.catch(() => undefined)
    const stop = (): void => {
      const takenOver = takenOverBy(step)
      if (takenOver === undefined) over.abort(step.reason)
      else this.#takenOver.reject(takenOver)
    }
    if (step.aborted) stop()
    else step.addEventListener('abort', stop, { once: true, signal: this.#disposed.signal })
    if (limitMs === undefined) return
    const { signal } = this.#disposed
    clock.sleep(limitMs, { signal }).then(
      () => {
        this.#exceeded = launchError('timeout', `its timeout of ${formatDuration(limitMs)} has passed`)
        over.abort(this.#exceeded)
      },
      (error: unknown) => {
        if (!signal.aborted) throw error
      },
    )
  }

  /** The error of a launch that took too long. */
  get exceeded(): SidestepError | undefined {
    return this.#exceeded
  }

  /** Waits for a launch, unless the run is taken over meanwhile. */
  async wait(launching: Promise<void>): Promise<void> {
    await Promise.race([launching, this.#takenOver.promise])
  }

  [Symbol.dispose](): void {
    this.#disposed.abort()
  }
}
