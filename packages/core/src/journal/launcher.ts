import { randomBytes } from 'node:crypto'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { cancelKey, launcherKey, leaseKey } from '../artifact/layout.ts'
import { putOnce } from '../artifact/put-once.ts'
import { readJson } from '../artifact/stored-json.ts'
import { SidestepError } from '../errors.ts'
import { thisMachine } from '../machine.ts'
import { identifyProcess } from '../process.ts'
import { LEASE_MS } from './owner.ts'
import type { LauncherRecord, LeaseRecord } from './run-record.ts'

const BEAT_MS = LEASE_MS / 4
/** How often this machine's own journal is asked whether somebody wants the run to end, in milliseconds. */
const LOOK_MS = 1_000

/** What a launcher is told while it owns a run. Each is called once. */
export interface LauncherEvents {
  onTakenOver(error: SidestepError): void
  onCancel(): void
}

export interface ClaimOptions {
  readonly store: ArtifactStore
  /** Of the journal that this process writes to. */
  readonly journalId: string
  readonly at: Date
  /** Gives the claim up; it may have been made. */
  readonly signal?: AbortSignal
}

/**
 * This process's ownership of a run. Its number is the fence: who has a lower one than the highest has lost the run, and
 * must leave everything as it is.
 */
export class Launcher {
  readonly runId: string
  readonly record: LauncherRecord
  readonly #store: ArtifactStore
  #beats = 0
  #signedAt: { readonly date: number; readonly monotonic: number } = { date: 0, monotonic: 0 }
  #timer: NodeJS.Timeout | undefined

  private constructor(runId: string, record: LauncherRecord, store: ArtifactStore) {
    this.runId = runId
    this.record = record
    this.#store = store
  }

  /** Becomes launcher `n` of a run, or `undefined` where another process did. */
  static async claim(
    runId: string,
    n: number,
    { store, journalId, at, signal }: ClaimOptions,
  ): Promise<Launcher | undefined> {
    const record: LauncherRecord = {
      n,
      id: randomBytes(8).toString('hex'),
      machine: thisMachine(),
      process: identifyProcess(),
      journalId,
      at: at.toISOString(),
    }
    const { won } = await putOnce(
      store,
      launcherKey(runId, n),
      encodeJson(record),
      signal === undefined ? {} : { signal },
    )
    return won ? new Launcher(runId, record, store) : undefined
  }

  get n(): number {
    return this.record.n
  }

  /** Rejects with `RUN_TAKEN_OVER` where there is a later launcher. */
  async check(store: ArtifactStore = this.#store): Promise<void> {
    if ((await store.stat(launcherKey(this.runId, this.n + 1))) !== undefined) {
      throw takenOver(this.runId, this.n + 1)
    }
  }

  /**
   * Gives a sign four times per lease, and looks whether the run was taken over or is to be cancelled. A process that
   * slept or was stopped looks as soon as it wakes up. `store` is one that is not patient: the next look comes anyway.
   */
  keep(
    events: LauncherEvents,
    options: { readonly store: ArtifactStore; readonly cancelRequested: () => boolean },
  ): void {
    const { store, cancelRequested } = options
    let cancelled = false
    const cancel = (): void => {
      if (cancelled) return
      cancelled = true
      events.onCancel()
    }
    const lookIntoJournal = async (): Promise<void> => {
      if (cancelRequested()) cancel()
    }
    const giveSign = async (): Promise<void> => {
      await this.check(store)
      await this.#beat(store)
    }
    const lookIntoStore = async (): Promise<void> => {
      if (await this.#isCancelled(store)) cancel()
    }
    let looking = false
    const tick = async (): Promise<void> => {
      if (looking) return
      looking = true
      for (const part of this.#isDue() ? [lookIntoJournal, giveSign, lookIntoStore] : [lookIntoJournal]) {
        // One that gets no answer keeps no other from its own, and takes nothing away from us: it asks again in a second.
        const error: unknown = await part().catch((thrown: unknown) => thrown)
        if (!isTakenOver(error)) continue
        this.stop()
        events.onTakenOver(error)
        break
      }
      looking = false
    }
    this.#signed()
    this.#timer = setInterval(() => void tick(), LOOK_MS)
    // It must not keep a process alive that has nothing else to do.
    this.#timer.unref()
  }

  /** No more signs: the run has ended, or belongs to somebody else. */
  stop(): void {
    clearInterval(this.#timer)
  }

  /** Lets go of a run that has not ended, so that another launcher can have it at once. */
  async release(): Promise<void> {
    this.stop()
    await this.#beat(this.#store, { released: true })
  }

  /** By a request for this launcher or a later one: what an earlier one was told does not count. */
  async #isCancelled(store: ArtifactStore): Promise<boolean> {
    const request = (await readJson(store, cancelKey(this.runId))) as { readonly n?: unknown } | undefined
    const n = request?.n
    return typeof n === 'number' && n >= this.n
  }

  async #beat(store: ArtifactStore, more: Pick<LeaseRecord, 'released'> = {}): Promise<void> {
    this.#beats += 1
    const lease: LeaseRecord = { at: new Date().toISOString(), beat: this.#beats, ...more }
    await store.put(leaseKey(this.runId, this.n), encodeJson(lease))
    this.#signed()
  }

  #signed(): void {
    this.#signedAt = { date: Date.now(), monotonic: performance.now() }
  }

  /** By either clock: the one stands still while a laptop sleeps, the other one can be set. */
  #isDue(): boolean {
    const { date, monotonic } = this.#signedAt
    return performance.now() - monotonic >= BEAT_MS || Math.abs(Date.now() - date) >= BEAT_MS
  }
}

export function takenOver(runId: string, by: number): SidestepError {
  return new SidestepError(`launcher ${by} has taken over the run ${runId}; this one leaves everything to it`, {
    code: 'RUN_TAKEN_OVER',
    kind: 'infra',
    hint: `Follow it with \`sidestep runs attach ${runId}\`.`,
  })
}

export function isTakenOver(error: unknown): error is SidestepError {
  return SidestepError.isInstance(error) && error.code === 'RUN_TAKEN_OVER'
}
