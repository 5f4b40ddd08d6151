import type { ArtifactStore } from '../../src/artifact/artifact-store.ts'
import { encodeJson } from '../../src/artifact/json-object.ts'
import { ownerKey, resultKey, type AttemptKey } from '../../src/artifact/layout.ts'
import { putOnce } from '../../src/artifact/put-once.ts'
import type { ScriptedService } from './scripted-service.ts'

/** Runs the jobs of a scripted service as an entrypoint does: whoever takes the attempt runs user code, the others end. */
export class ScriptedJobs {
  /** Nonces of the jobs that ran user code, in their order. */
  readonly ran: string[] = []
  readonly #service: ScriptedService
  readonly #store: ArtifactStore
  readonly #seen: Set<string> = new Set()
  readonly #running: Promise<void>[] = []

  constructor(service: ScriptedService, store: ArtifactStore) {
    this.#service = service
    this.#store = store
  }

  /**
   * Runs every job that is there and has not been run: for one whose attempt is in `preempted`, its machine is taken.
   * Resolves when all have ended.
   */
  async runQueued(preempted: readonly number[] = []): Promise<void> {
    for (const [id, job] of this.#service.jobs) {
      if (this.#seen.has(id) || job.observation.phase !== 'queued') continue
      this.#seen.add(id)
      const { labels, nonce } = job
      if (preempted.includes(labels.attempt)) {
        this.#service.move(id, 'failed', { kind: 'preempted', reason: 'its machine was taken' })
        continue
      }
      this.#running.push(this.#run(id, labels, nonce))
    }
    await Promise.all(this.#running)
  }

  async #run(id: string, { runId, stepRunId, attempt }: AttemptKey, nonce: string): Promise<void> {
    const key = { runId, stepRunId, attempt }
    const { won } = await putOnce(this.#store, ownerKey(key), encodeJson({ nonce, host: 'h', pid: 1, at: '' }))
    if (!won) {
      this.#service.move(id, 'failed', { exitCode: 76 })
      return
    }
    this.ran.push(nonce)
    await putOnce(this.#store, resultKey(key), success(nonce))
    this.#service.move(id, 'succeeded')
  }
}

export function success(nonce: string): Uint8Array {
  return encodeJson({ version: 1, status: 'succeeded', nonce, incarnation: 1, finishedAt: '', outputs: {} })
}
