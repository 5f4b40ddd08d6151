import { setTimeout as sleep } from 'node:timers/promises'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { AttemptKey } from '../artifact/layout.ts'
import type { FailedRank } from '../artifact/manifest.ts'
import type { ExitVerdict } from './judge-exit.ts'
import { LOOK_GROWTH, LOOK_MS, readRank } from './rank-record.ts'
import type { Stop } from './stop.ts'

/** That another machine has failed. */
export interface RankFailure {
  readonly failure: ExitVerdict
  readonly failedRank: FailedRank
  /** ISO 8601, by the clock of that machine. */
  readonly at: string
}

/** What the first machine of a job of several knows of the others. */
export class OtherRanks {
  readonly #key: AttemptKey
  readonly #incarnation: number
  readonly #size: number
  readonly #store: ArtifactStore
  readonly #succeeded: Set<number> = new Set()
  readonly #over: AbortController = new AbortController()
  readonly #failure: PromiseWithResolvers<RankFailure> = Promise.withResolvers<RankFailure>()
  readonly #watching: Promise<void>
  #failed: RankFailure | undefined

  /** Looks at them again and again, until one has failed or all have succeeded. */
  constructor(options: {
    readonly key: AttemptKey
    /** Of this machine: what the others left in an earlier one does not count. */
    readonly incarnation: number
    readonly size: number
    readonly store: ArtifactStore
  }) {
    this.#key = options.key
    this.#incarnation = options.incarnation
    this.#size = options.size
    this.#store = options.store
    this.#watching = this.#watch()
    // Told by `ended`.
    this.#watching.catch(() => undefined)
  }

  /** Resolves as soon as one has failed: the step on this machine is of no use then. */
  get failing(): Promise<unknown> {
    return this.#failure.promise
  }

  /** Whether one has failed by now, and which was the first. */
  async failure(): Promise<RankFailure | undefined> {
    await this.#look()
    return this.#failed
  }

  /** Waits until all have ended, or one has failed, or this machine is told to stop. `true`: all have succeeded. */
  async allSucceeded(stop: Stop): Promise<boolean> {
    const stopped = stop.requested.then(() => undefined)
    await Promise.race([this.#watching, stopped])
    return this.#succeeded.size === this.#size - 1
  }

  /** Looks no more. */
  end(): void {
    this.#over.abort()
  }

  async #watch(): Promise<void> {
    const { signal } = this.#over
    for (let waitMs = LOOK_MS.first; ; waitMs = Math.min(waitMs * LOOK_GROWTH, LOOK_MS.longest)) {
      await this.#look()
      if (this.#failed !== undefined || this.#succeeded.size === this.#size - 1) return
      await sleep(waitMs, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      if (signal.aborted) return
    }
  }

  async #look(): Promise<void> {
    const open = Array.from({ length: this.#size - 1 }, (_, index) => index + 1).filter(
      (rank) => !this.#succeeded.has(rank),
    )
    const records = await Promise.all(open.map(async (rank) => readRank(this.#key, rank, this.#store)))
    const failures: RankFailure[] = []
    for (const record of records) {
      if (record?.incarnation !== this.#incarnation) continue
      const { rank, status, at } = record
      if (status === 'succeeded') this.#succeeded.add(rank)
      if (status !== 'failed') continue
      const { failure, lastLogLines } = record
      failures.push({ at, failure: named(failure, rank, this.#size), failedRank: { rank, lastLogLines } })
    }
    const [first] = failures.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    if (first === undefined || this.#failed !== undefined) return
    this.#failed = first
    this.#failure.resolve(first)
  }
}

function named(failure: ExitVerdict, rank: number, size: number): ExitVerdict {
  const { error } = failure
  return { ...failure, error: { ...error, message: `on machine ${rank} of 0 to ${size - 1}: ${error.message}` } }
}
