import { concurrently } from '../artifact/concurrently.ts'
import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { AttemptKey } from '../artifact/layout.ts'
import { systemClock, type Clock } from '../clock.ts'
import { Pulse } from './pulse.ts'

const LOOK_EVERY_MS = 60_000
/** So many heartbeats are read at the same time. */
const MOST_AT_ONCE = 16

/** Somebody who wants to know about one heartbeat. */
export interface FollowedHeartbeat {
  /** For how long it has not changed, in milliseconds, as of the last look. */
  readonly silentMs: number
  /** Has to be called once: while anything is followed, the process stays alive. */
  stop(): void
}

/** Reads the heartbeats of any number of jobs once a minute, with one timer for all of them. */
export class Heartbeats {
  readonly #clock: Clock
  readonly #followed: Set<Pulse> = new Set()
  #over: AbortController = new AbortController()

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#clock = clock
  }

  /** Counts from now on. A heartbeat that cannot be read is not silent. */
  follow(key: AttemptKey, store: ArtifactStore): FollowedHeartbeat {
    const pulse = new Pulse(key, { store, clock: this.#clock, lookEveryMs: LOOK_EVERY_MS })
    this.#followed.add(pulse)
    if (this.#followed.size === 1) {
      this.#over = new AbortController()
      void this.#look(this.#over.signal)
    }
    return {
      get silentMs() {
        return pulse.silentMs
      },
      stop: () => {
        this.#followed.delete(pulse)
        if (this.#followed.size === 0) this.#over.abort()
      },
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(LOOK_EVERY_MS, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      if (signal.aborted) return
      await concurrently([...this.#followed], MOST_AT_ONCE, async (pulse) => {
        // What a store does not answer says nothing about a job. The next look comes anyway.
        await pulse.look({ signal }).catch(() => undefined)
      })
    }
  }
}
