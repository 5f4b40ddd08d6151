import { systemClock, type Clock } from '../clock.ts'
import { messageOf } from '../errors.ts'
import { formatDuration } from '../units.ts'
import { mayAnswerLater } from './persist.ts'

/** How long a store may give no answer until that is told, in milliseconds. */
const TOLD_MS = 5_000
/** A wait is made of parts of so many milliseconds: a step that keeps this process busy for long takes only one of them. */
const PART_MS = 1_000
/** What is asked for again comes within this time, in milliseconds; what comes later is asked for anew. */
const LONGEST_PAUSE_MS = 60_000

/** Whose silence is told to whom. */
export interface StoreSilenceOptions {
  /** Root of the store. */
  readonly uri: string
  /** Takes a line for people, once per silence, and one when it is over. */
  readonly tell: (line: string) => void
  /** Milliseconds that a call is tried again. */
  readonly patienceMs: number
  /** Default: the system's. */
  readonly clock?: Clock
}

interface Silence {
  /** When the first call began that got no answer. */
  readonly since: number
  readonly failedAt: number
  readonly error: unknown
}

/**
 * Says that a store gives no answer, and when it answers again. Each kind of call on each key counts by itself: where
 * reading works and writing does not, as on a full disk, that is no answer either.
 */
export class StoreSilence {
  readonly #options: StoreSilenceOptions
  readonly #clock: Clock
  readonly #silent: Map<string, Silence> = new Map()
  /** The silence that people know of. */
  #told: { readonly operation: string; readonly at: number } | undefined

  constructor(options: StoreSilenceOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /**
   * Makes one call. `short`: it moves little, so one that is on its way for long gives no answer; others count when they
   * fail.
   */
  async watch<T>(
    operation: string,
    call: () => Promise<T>,
    { short = false }: { readonly short?: boolean } = {},
  ): Promise<T> {
    const begun = this.#clock.now()
    const before = this.#silent.get(operation)
    const earlier = before !== undefined && begun - before.failedAt <= LONGEST_PAUSE_MS ? before : undefined
    const since = earlier?.since ?? begun
    const over = new AbortController()
    const late = short ? this.#tellLate(operation, earlier, { waitMs: since + TOLD_MS - begun, over }) : undefined
    try {
      const result = await call()
      this.#answered(operation)
      return result
    } catch (error) {
      if (!mayAnswerLater(error)) this.#silent.delete(operation)
      else {
        this.#silent.set(operation, { since, failedAt: this.#clock.now(), error })
        if (this.#clock.now() - since >= TOLD_MS) this.#tell(operation, messageOf(error))
      }
      throw error
    } finally {
      over.abort()
      await late
    }
  }

  async #tellLate(
    operation: string,
    earlier: Silence | undefined,
    { waitMs, over }: { readonly waitMs: number; readonly over: AbortController },
  ): Promise<void> {
    try {
      for (let leftMs = Math.max(waitMs, PART_MS); leftMs > 0; leftMs -= PART_MS) {
        await this.#clock.sleep(Math.min(leftMs, PART_MS), { signal: over.signal })
      }
    } catch {
      // The call is over.
      return
    }
    this.#tell(operation, earlier === undefined ? 'nothing has come back yet' : messageOf(earlier.error))
  }

  #tell(operation: string, why: string): void {
    const { uri, tell, patienceMs } = this.#options
    const now = this.#clock.now()
    // Whoever asked then may have given up since.
    if (this.#told !== undefined && now - this.#told.at < patienceMs) return
    this.#told = { operation, at: now }
    tell(`the artifact store ${uri} gives no answer, and is asked again for ${formatDuration(patienceMs)}: ${why}`)
  }

  #answered(operation: string): void {
    this.#silent.delete(operation)
    if (this.#told?.operation !== operation) return
    this.#told = undefined
    this.#options.tell(`the artifact store ${this.#options.uri} answers again`)
  }
}
