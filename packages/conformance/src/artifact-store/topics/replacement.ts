import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ArtifactStore } from '@sidestep/core'

import { described, settled, within, type Settled } from '../../waiting.ts'
import { bytesOf, keysBelow, mebibytes, MIB, shown } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

const REPLACED = 6
/** For what a store sends on beside the source. */
const ON_ITS_WAY_MS = 300
/** A source that fails must end the call soon. */
const SOON_MS = 30_000

const filled = (letter: string, size: number): Uint8Array => new Uint8Array(size).fill(letter.charCodeAt(0))

/** Nobody ever sees a part. */
export const replacementChecks: readonly StoreCheck[] = [
  {
    name: 'readers see the old object or the new one, while it is replaced',
    timeoutMs: 120_000,
    run: async ({ open }) => {
      const [writer, other, reader] = [await open(), await open(), await open()]
      const bodies = [filled('a', MIB), filled('b', MIB / 2), filled('c', 1), filled('d', 2 * MIB)]
      const isWhole = (bytes: Uint8Array | undefined): boolean =>
        bytes !== undefined && bodies.some((body) => Buffer.compare(body, bytes) === 0)
      await writer.put('model', bodies[0]!)
      const writing = new AbortController()
      const reads = async (): Promise<void> => {
        while (!writing.signal.aborted) {
          const bytes = await reader.get('model')
          assert.ok(
            isWhole(bytes),
            `while an object was replaced, a reader got ${shown(bytes)}, which is neither the old one nor the new one: write beside it, and let it take its place at once`,
          )
          const size = (await reader.stat('model'))?.size
          assert.ok(
            bodies.some((body) => body.length === size),
            `while an object was replaced, stat() said ${size} bytes, which none of them had`,
          )
          const keys = await keysBelow(reader, '')
          assert.deepEqual(keys, ['model'], `while an object was replaced, list('') gave ${JSON.stringify(keys)}`)
        }
      }
      const write = async (store: ArtifactStore, from: number): Promise<void> => {
        for (let n = 0; n < REPLACED; n += 1) await store.put('model', bodies[(from + n) % bodies.length]!)
      }
      const reading = Promise.all([reads(), reads()])
      try {
        await Promise.race([Promise.all([write(writer, 1), write(other, 3)]), reading])
      } finally {
        writing.abort()
      }
      await reading
    },
  },
  {
    name: 'nothing is seen of an object before its stream has ended',
    run: async ({ timeoutFactor, open }) => {
      const [store, reader] = [await open(), await open()]
      const old = bytesOf('the old one')
      await store.put('there', old)
      for (const key of ['there', 'new']) {
        let ended = false
        let looked: Settled<void> | undefined
        const check = async (): Promise<void> => {
          const found = await reader.get(key)
          const expected = key === 'there' ? old : undefined
          assert.ok(
            found === expected ||
              (found !== undefined && expected !== undefined && Buffer.compare(found, expected) === 0),
            `before a put() of '${key}' had ended, it held ${shown(found)}, and must hold ${shown(expected)}: a reader sees whole objects only`,
          )
          assert.equal((await reader.stat(key))?.size, expected?.length, `before a put() had ended, stat() saw it`)
          const keys = await keysBelow(reader, '')
          assert.deepEqual(keys, ['there'], `before a put() had ended, list('') gave ${JSON.stringify(keys)}`)
        }
        async function* source(): AsyncGenerator<Uint8Array> {
          for await (const piece of mebibytes(12)) yield piece
          await sleep(ON_ITS_WAY_MS * timeoutFactor)
          // Thrown from here, it would be the store's error.
          looked = await settled(check())
          ended = true
        }
        await store.put(key, source())
        if (looked?.failed === true) throw looked.error
        assert.ok(ended, `put() resolved before its stream had ended`)
        assert.equal((await reader.stat(key))?.size, 12 * MIB)
        await store.delete('new')
      }
    },
  },
  {
    name: 'a stream that fails in the middle fails the call, and leaves what was there',
    timeoutMs: 120_000,
    run: async ({ timeoutFactor, open }) => {
      const [store, reader] = [await open(), await open()]
      const old = bytesOf('the old one')
      await store.put('there', old)
      for (const mebibytesBefore of [0, 1, 12]) {
        for (const key of ['there', `new-${mebibytesBefore}`]) {
          const message = `the source broke after ${mebibytesBefore} MiB`
          async function* source(): AsyncGenerator<Uint8Array> {
            for await (const piece of mebibytes(mebibytesBefore)) yield piece
            throw new Error(message)
          }
          const end = await within(
            settled(store.put(key, source())),
            SOON_MS * timeoutFactor,
            `put() never ended after its source failed`,
          )
          assert.ok(end.failed, `put() resolved although its source failed after ${mebibytesBefore} MiB`)
          assert.ok(
            said(end.error, message),
            `put() failed with ${described(end.error)}: neither it nor its cause says what the source said, "${message}"`,
          )
          await sleep(ON_ITS_WAY_MS * timeoutFactor)
          const found = await reader.get(key)
          assert.ok(
            key === 'there' ? found !== undefined && Buffer.compare(found, old) === 0 : found === undefined,
            `after a put() of '${key}' whose source failed, it holds ${shown(found)}: a stream that broke off must not become an object; give the upload up`,
          )
          assert.deepEqual(
            await keysBelow(reader, ''),
            ['there'],
            'a put() whose source failed left something in lists',
          )
        }
      }
    },
  },
  {
    name: 'a reader that has begun gets one whole object, though it is replaced or deleted meanwhile',
    run: async ({ open }) => {
      const [store, other] = [await open(), await open()]
      const [before, after] = [filled('a', 12 * MIB), filled('b', 13 * MIB)]
      for (const [word, change] of [
        ['replaced', async () => other.put('model', after)],
        ['deleted', async () => other.delete('model')],
      ] as const) {
        await store.put('model', before)
        const end = await settled(readAround((await store.read('model')) ?? [], change))
        // Some providers can go on, others cannot: that is said, and never made up.
        const whole = !end.failed && [before, after].some((body) => Buffer.compare(body, end.value) === 0)
        const code = end.failed ? (end.error as { readonly code?: unknown }).code : undefined
        assert.ok(
          whole || code === 'STORE_FAILED',
          `an object that was ${word} while it was read gave ${end.failed ? described(end.error) : shown(end.value)}: ` +
            'read all of one generation, or fail; a mixture or a shorter one is neither',
        )
      }
    },
  },
]

async function readAround(stream: AsyncIterable<Uint8Array> | [], change: () => Promise<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) {
    if (chunks.length === 0) await change()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Whether an error or one behind it says so. */
function said(error: unknown, message: string): boolean {
  for (let next: unknown = error; next instanceof Error; next = next.cause)
    if (next.message.includes(message)) return true
  return false
}
