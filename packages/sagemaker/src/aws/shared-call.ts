import { untilAborted } from './until-aborted.ts'

/** A call under way. */
interface UnderWay {
  readonly done: Promise<void>
  readonly left: AbortController
  waiting: number
}

/** One call at a time, for all who want its answer meanwhile. */
export class SharedCall {
  #underWay: UnderWay | undefined

  /**
   * Resolves with the call that is under way, else with a new one. Whoever leaves by its signal leaves the others their call: its own
   * signal aborts when nobody waits any more.
   */
  async join(call: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const joined = (this.#underWay ??= this.#begin(call))
    joined.waiting += 1
    try {
      await untilAborted(joined.done, signal)
    } finally {
      joined.waiting -= 1
      if (joined.waiting === 0) this.#end(joined, signal.reason)
    }
  }

  #begin(call: (signal: AbortSignal) => Promise<void>): UnderWay {
    const left = new AbortController()
    const done = call(left.signal)
    // Those who wait are told.
    done.catch(() => undefined)
    return { done, left, waiting: 0 }
  }

  #end(call: UnderWay, reason: unknown): void {
    if (this.#underWay === call) this.#underWay = undefined
    call.left.abort(reason)
  }
}
