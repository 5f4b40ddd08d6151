import { setTimeout } from 'node:timers/promises'

import { DistributionError } from './distribution-error.ts'
import type { OciRegistryFaults } from './faults.ts'
import type { Digest } from './names.ts'

/** What is left of the faults: those for some requests are used up one by one. */
export class FaultPlan {
  readonly #signal: AbortSignal
  #faults: OciRegistryFaults = {}
  #throttle = 0
  #resets = 0
  #cutUploadsAt: number[] = []
  #cutDownloadsAt: number[] = []
  #failures: { method?: string; path?: RegExp; status: number; times: number }[] = []

  /** The signal ends every wait. */
  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** Forgets those that were set before. */
  set(faults: OciRegistryFaults): void {
    this.#faults = faults
    this.#throttle = faults.throttle ?? 0
    this.#resets = faults.resets ?? 0
    this.#cutUploadsAt = [...(faults.cutUploadsAt ?? [])]
    this.#cutDownloadsAt = [...(faults.cutDownloadsAt ?? [])]
    this.#failures = (faults.failures ?? []).map((failure) => ({ times: Infinity, ...failure }))
  }

  /** As they were set, used up or not. */
  get current(): OciRegistryFaults {
    return this.#faults
  }

  /** What comes before a request is looked at. `reset`: the connection is to be cut. Throws what is to be answered. */
  async begin(method: string, path: string): Promise<'go on' | 'reset'> {
    const { delayMs = 0, refuse } = this.#faults
    if (delayMs > 0) await setTimeout(delayMs, undefined, { signal: this.#signal })
    if (this.#resets > 0) {
      this.#resets -= 1
      return 'reset'
    }
    if (this.#throttle > 0) {
      this.#throttle -= 1
      const after = `${this.#faults.retryAfter ?? 0}`
      throw new DistributionError(429, 'TOOMANYREQUESTS', 'too many requests', { 'Retry-After': after })
    }
    if (refuse !== undefined) throw refusal(refuse)
    const failure = this.#failures.find(
      (one) => one.times > 0 && (one.method ?? method) === method && (one.path?.test(path) ?? true),
    )
    if (failure === undefined) return 'go on'
    failure.times -= 1
    throw refusal(failure.status)
  }

  /** Where to cut an upload that has come to so many bytes; asked again, it is the next one's turn. */
  cutUpload(received: number): number | undefined {
    return due(this.#cutUploadsAt, received)
  }

  /** The same for a download. */
  cutDownload(sent: number): number | undefined {
    return due(this.#cutDownloadsAt, sent)
  }

  /** Takes as long as so many bytes take. */
  async transfer(bytes: number): Promise<void> {
    const { bytesPerSecond } = this.#faults
    if (bytesPerSecond === undefined) return
    await setTimeout((bytes / bytesPerSecond) * 1000, undefined, { signal: this.#signal })
  }

  /** The bytes as they are sent. */
  bytes(bytes: Uint8Array): Uint8Array {
    if (this.#faults.wrongBytes !== true || bytes.length === 0) return bytes
    const wrong = Uint8Array.from(bytes)
    wrong[0] = 255 - (bytes[0] ?? 0)
    return wrong
  }

  /** The digest as a header says it. */
  digest(digest: Digest): Digest {
    return this.#faults.wrongDigests === true ? `sha256:${'0'.repeat(64)}` : digest
  }
}

function due(limits: number[], bytes: number): number | undefined {
  const [limit] = limits
  if (limit === undefined || bytes < limit) return undefined
  limits.shift()
  return limit
}

function refusal(status: number): DistributionError {
  const code =
    status === 401 ? 'UNAUTHORIZED' : status === 403 ? 'DENIED' : status === 429 ? 'TOOMANYREQUESTS' : 'UNKNOWN'
  return new DistributionError(status, code, `refused with ${status}, as it was asked to`)
}
