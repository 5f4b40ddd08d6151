import { randomBytes } from 'node:crypto'
import { request } from 'node:http'

import { IdempotencyStrategy, Storage, type Bucket, type StorageOptions } from '@google-cloud/storage'
import { afterEach, beforeEach, expect } from 'vitest'

import { ManualClock } from '../../src/ground/manual-clock.ts'
import { startSimulator, type Simulator } from '../../src/simulator.ts'

/** A simulator with one bucket, anew for each test of a file, and the unmodified SDK for it. */
export interface GcsSimulator {
  readonly clock: ManualClock
  readonly simulator: Simulator
  readonly storage: Storage
  readonly bucket: Bucket
  /** A client of its own. */
  client(options?: Partial<StorageOptions>): Storage
  /** Of the simulator, for plain calls. */
  at(path: string): string
}

/** What the tests of a file work with, from the first test on. */
export function gcsSimulator(): GcsSimulator {
  const made: { clock?: ManualClock; simulator?: Simulator; storage?: Storage; bucket?: Bucket } = {}
  const client = (options: Partial<StorageOptions> = {}): Storage =>
    new Storage({
      apiEndpoint: made.simulator!.endpoint,
      projectId: 'test',
      // A second is the least that the SDK can wait.
      retryOptions: { maxRetryDelay: 1, retryDelayMultiplier: 1, idempotencyStrategy: IdempotencyStrategy.RetryAlways },
      ...options,
    })
  beforeEach(async () => {
    made.clock = new ManualClock()
    made.simulator = await startSimulator('gcp', { clock: made.clock, seed: 'a seed' })
    made.storage = client()
    const [bucket] = await made.storage.createBucket('first-bucket')
    made.bucket = bucket
    made.simulator.clearCalls()
  })
  afterEach(async () => made.simulator?.close())
  return {
    get clock() {
      return made.clock!
    },
    get simulator() {
      return made.simulator!
    },
    get storage() {
      return made.storage!
    },
    get bucket() {
      return made.bucket!
    },
    client,
    at: (path) => `${made.simulator!.endpoint}${path}`,
  }
}

/** How many calls of an operation there were. */
export function countOf({ calls }: Simulator, operation: string): number {
  return calls.filter((call) => call.operation === operation).length
}

/** What the SDK throws. */
export async function errorOf(promise: Promise<unknown>): Promise<any> {
  return promise.then(
    () => {
      throw new Error('it should have been refused')
    },
    (error: unknown) => error,
  )
}

/** Sends some bytes of a body that would be longer, and cuts the connection once they have come. */
export async function sendAndCut(
  { calls }: Simulator,
  url: string,
  method: string,
  body: Uint8Array,
  range?: string,
): Promise<void> {
  const headers = { 'Transfer-Encoding': 'chunked', ...(range !== undefined && { 'Content-Range': range }) }
  const sent = request(url, { method, headers })
  const closed = new Promise((resolve) => sent.on('error', () => {}).once('close', resolve))
  sent.write(body)
  await expect.poll(() => calls.at(-1)?.received).toBe(body.length)
  sent.destroy()
  await closed
}

export { randomBytes }
