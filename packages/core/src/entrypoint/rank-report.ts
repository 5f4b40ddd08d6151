import { setTimeout as sleep } from 'node:timers/promises'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { latestIncarnation } from '../artifact/latest-incarnation.ts'
import { rankKey, type AttemptKey } from '../artifact/layout.ts'
import type { ResultManifest } from '../artifact/manifest.ts'
import type { ExitVerdict } from './judge-exit.ts'
import { readResult } from './ownership.ts'
import { LOOK_GROWTH, LOOK_MS, type RankRecord } from './rank-record.ts'

/** What a machine tells the first one. */
export type RankStatus =
  | { readonly status: 'running' | 'succeeded' }
  | { readonly status: 'failed'; readonly failure: ExitVerdict; readonly lastLogLines: readonly string[] }

/**
 * Keeps the first machine of a job informed about this one. While this machine lives, what it says belongs to the
 * newest start of the first one, so it is written anew whenever that has started again.
 */
export class RankReport {
  readonly #key: AttemptKey
  readonly #rank: number
  readonly #store: ArtifactStore
  readonly #ended: AbortController = new AbortController()
  #told: { readonly status: RankStatus; readonly at: string } = { status: { status: 'running' }, at: '' }
  #incarnation = 0
  readonly #decided: PromiseWithResolvers<ResultManifest> = Promise.withResolvers<ResultManifest>()
  #writing: Promise<void> = Promise.resolve()

  constructor(key: AttemptKey, rank: number, store: ArtifactStore) {
    this.#key = key
    this.#rank = rank
    this.#store = store
  }

  /** Says that this machine has begun, and goes on saying how it stands. */
  async begin(): Promise<void> {
    this.#incarnation = await latestIncarnation(this.#key, this.#store, { from: 0 })
    await this.tell({ status: 'running' })
    this.#follow().catch(this.#decided.reject)
    // Who waits for it is told; a body that has its own end before is not disturbed.
    this.#decided.promise.catch(() => undefined)
  }

  async tell(status: RankStatus): Promise<void> {
    this.#told = { status, at: new Date().toISOString() }
    await this.#write()
  }

  /** Resolves with what was decided about the attempt: then nothing that this machine does is of use any more. */
  get decided(): Promise<ResultManifest> {
    return this.#decided.promise
  }

  /** Says no more. */
  end(): void {
    this.#ended.abort()
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ended
    for (let waitMs = LOOK_MS.first; ; waitMs = Math.min(waitMs * LOOK_GROWTH, LOOK_MS.longest)) {
      const result = await readResult(this.#key, this.#store)
      if (result !== undefined) return this.#decided.resolve(result)
      const latest = await latestIncarnation(this.#key, this.#store, { from: this.#incarnation })
      if (latest !== this.#incarnation) {
        this.#incarnation = latest
        await this.#write()
      }
      await sleep(waitMs, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      if (signal.aborted) return
    }
  }

  /** One after the other: the last word must be the one that stays. */
  async #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const { status, at } = this.#told
      const record: RankRecord = { version: 1, rank: this.#rank, incarnation: this.#incarnation, at, ...status }
      await this.#store.put(rankKey(this.#key, this.#rank), encodeJson(record))
    })
    await this.#writing
  }
}
