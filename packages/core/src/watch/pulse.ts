import type { ArtifactStore, StoreCallOptions } from '../artifact/artifact-store.ts'
import { heartbeatKey, type AttemptKey } from '../artifact/layout.ts'
import { DEFAULT_PATIENCE_MS } from '../artifact/persist.ts'
import type { Clock } from '../clock.ts'
import { latestIncarnation } from '../artifact/latest-incarnation.ts'

/**
 * A job that has not beaten for so long is dead, in milliseconds: as long as it goes on trying to reach its store. One
 * that is silent for less may only have lost its network.
 */
export const DEAD_AFTER_MS: number = DEFAULT_PATIENCE_MS

export interface PulseOptions {
  readonly store: ArtifactStore
  readonly clock: Clock
  /** How often it is looked at, in milliseconds. */
  readonly lookEveryMs: number
}

/**
 * For how long an attempt's heartbeat has not changed, by what this process saw of it: no two clocks are compared. Time
 * in which nobody looked (a launcher that was stopped, a store that stayed away) is not silence.
 */
export class Pulse {
  readonly #key: AttemptKey
  readonly #options: PulseOptions
  #incarnation = 1
  #beat: string | undefined
  #lookedAt: number
  #silentMs = 0

  /** Counts from now on, also where there has been no beat at all. */
  constructor(key: AttemptKey, options: PulseOptions) {
    this.#key = key
    this.#options = options
    this.#lookedAt = options.clock.now()
  }

  /** In milliseconds, as of the last look. */
  get silentMs(): number {
    return this.#silentMs
  }

  /** Reads the heartbeat. Rejects where the store gives no answer. */
  async look(call: StoreCallOptions = {}): Promise<void> {
    const { clock, lookEveryMs } = this.#options
    const at = clock.now()
    const sinceLastLook = Math.min(at - this.#lookedAt, 2 * lookEveryMs)
    try {
      const beat = await this.#read(call)
      const changed = beat !== this.#beat
      this.#beat = beat
      this.#silentMs = changed ? 0 : this.#silentMs + sinceLastLook
    } finally {
      this.#lookedAt = clock.now()
    }
  }

  /** A start of the process that is known costs one call; only where it is silent, later ones are asked for. */
  async #read(call: StoreCallOptions): Promise<string | undefined> {
    const beat = await this.#beatOf(this.#incarnation, call)
    if (beat !== this.#beat) return beat
    const latest = await latestIncarnation(this.#key, this.#options.store, { ...call, from: this.#incarnation })
    if (latest === this.#incarnation) return beat
    this.#incarnation = latest
    return (await this.#beatOf(latest, call)) ?? `${latest}`
  }

  async #beatOf(incarnation: number, call: StoreCallOptions): Promise<string | undefined> {
    const bytes = await this.#options.store.get(heartbeatKey({ ...this.#key, incarnation }), call)
    return bytes === undefined ? undefined : `${incarnation} ${Buffer.from(bytes).toString('utf8')}`
  }
}
