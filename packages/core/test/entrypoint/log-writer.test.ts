import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { Body } from '../../src/artifact/artifact-store.ts'
import { LogWriter } from '../../src/entrypoint/log-writer.ts'
import { settle } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { testStore } from '../support/values.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Takes nothing until it is opened. */
class ClosedStore extends FolderStore {
  readonly #opened = Promise.withResolvers<void>()
  asked = 0

  open(): void {
    this.#opened.resolve()
  }

  fail(error: Error): void {
    this.#opened.reject(error)
  }

  protected override async putObject(key: string, body: Body): Promise<number> {
    this.asked += 1
    await this.#opened.promise
    return super.putObject(key, body)
  }
}

async function closedStore(): Promise<{ store: ClosedStore; logs: LogWriter }> {
  const store = new ClosedStore((await testStore()).config)
  const key = { runId: 'run', stepRunId: 'step', attempt: 1, incarnation: 1 }
  return { store, logs: new LogWriter({ key, store, redact: (text) => text }) }
}

const line = (length = 10): Buffer => Buffer.from(`${'x'.repeat(length)}\n`)

test('while a chunk is on its way, time closes no other one', async () => {
  const { store, logs } = await closedStore()
  for (let n = 0; n < 20; n += 1) {
    await logs.write('stdout', line())
    await vi.advanceTimersByTimeAsync(10_000)
  }
  expect(store.asked).toBe(1)
  expect(logs.extent).toEqual({ chunks: 1, lines: 20 })
  store.open()
  await logs.close()
  expect(logs.extent).toEqual({ chunks: 2, lines: 20 })
})

test('when the chunk has arrived, time closes the next one', async () => {
  const { store, logs } = await closedStore()
  await logs.write('stdout', line())
  await vi.advanceTimersByTimeAsync(2_000)
  await logs.write('stdout', line())
  store.open()
  await expect.poll(async () => (await store.stat('runs/run/step/1/1/logs/1.jsonl'))?.size).toBeGreaterThan(0)
  await settle()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(logs.extent).toEqual({ chunks: 2, lines: 2 })
  await logs.close()
})

test('a full chunk waits for the one on its way', async () => {
  const { store, logs } = await closedStore()
  const half = line(600 * 1024)
  const written: number[] = []
  const writing = (async () => {
    for (let n = 1; n <= 6; n += 1) {
      await logs.write(n % 2 === 0 ? 'stdout' : 'stderr', half)
      written.push(n)
    }
  })()
  await settle()
  expect(written).toEqual([1, 2, 3])
  store.open()
  await writing
  await logs.close()
  expect(logs.extent.lines).toBe(60)
  expect(store.asked).toBe(logs.extent.chunks)
})

test('an upload that failed is told to whoever writes or closes next', async () => {
  const { store, logs } = await closedStore()
  await logs.write('stdout', line())
  await vi.advanceTimersByTimeAsync(2_000)
  store.fail(new Error('connection refused'))
  await settle()
  await expect(logs.write('stdout', line(2 ** 20))).rejects.toMatchObject({ code: 'STORE_FAILED' })
  await expect(logs.close()).rejects.toMatchObject({ code: 'STORE_FAILED' })
})
