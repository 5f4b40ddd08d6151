import { isTerminal, type Observation } from '@sidestep/core'

/** A stop that SageMaker took shows at once; one that does not show for so long is asked for again, in milliseconds. */
export const STOP_AGAIN_MS = 60_000

/** Jobs that were asked to stop, until it shows: a stop that was answered and got lost would leave a job running. */
export class AskedStops {
  /** By name: when, by this process's clock. */
  readonly #atMs: Map<string, number> = new Map()

  asked(name: string, nowMs: number): void {
    this.#atMs.set(name, nowMs)
  }

  /** Which of the jobs that were just seen go on as if nobody had asked. */
  unheard(seen: ReadonlyMap<string, Observation>, nowMs: number): readonly string[] {
    const unheard: string[] = []
    for (const [name, { phase, gone }] of seen) {
      const atMs = this.#atMs.get(name)
      if (isTerminal(phase) || phase === 'stopping' || gone === true) this.#atMs.delete(name)
      else if (atMs !== undefined && nowMs - atMs >= STOP_AGAIN_MS) unheard.push(name)
    }
    return unheard
  }
}
