import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

import { heldMemory } from '../../held-memory.ts'
import { within } from '../../waiting.ts'
import { bytesOf, mebibytes, MIB, piecesOf } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

/** Mebibytes of what does not fit: a store may hold some parts of it, never all. */
const LARGE = 48
const MOST_HELD = 36
/** When much of it has gone by, and more than may be held. */
const MUCH = 46
const EARLY_READERS = 100

/** Bytes on their way. */
export const streamChecks: readonly StoreCheck[] = [
  {
    name: 'a large stream of unknown length goes in and comes out with flat memory',
    timeoutMs: 180_000,
    run: async ({ open }) => {
      const store = await open()
      const written = createHash('sha256')
      const before = heldMemory()
      let most = 0
      async function* source(): AsyncGenerator<Uint8Array> {
        let count = 0
        for await (const piece of mebibytes(LARGE)) {
          written.update(piece)
          yield piece
          count += 1
          if (count % (MUCH / 2) === 0) most = Math.max(most, heldMemory() - before)
        }
      }
      const size = await store.put('large', source())
      assert.equal(size, LARGE * MIB, `put() of ${LARGE * MIB} bytes gave ${size}: putObject() resolves to the size`)
      assertFlat(most, 'written', 'putObject() sends parts as they come, and asks for the next when there is room')

      const read = createHash('sha256')
      const idle = heldMemory()
      most = 0
      let count = 0
      for await (const chunk of (await store.read('large')) ?? []) {
        read.update(chunk)
        // With the first, and once much of it has gone by.
        if (count === 0 || (count < MUCH * MIB && count + chunk.length >= MUCH * MIB)) {
          most = Math.max(most, heldMemory() - idle)
        }
        count += chunk.length
      }
      assert.equal(count, LARGE * MIB, `read() gave ${count} bytes of ${LARGE * MIB}`)
      assert.equal(read.digest('hex'), written.digest('hex'), 'read() gave other bytes than were written')
      assertFlat(most, 'read', 'readObject() gives the bytes as they arrive, and takes in more when they are asked for')
    },
  },
  {
    name: 'a stream may come in pieces of any size, empty ones and none at all',
    run: async ({ open }) => {
      const store = await open()
      const text = 'some text, a byte at a time. '.repeat(100)
      async function* withEmptyOnes(): AsyncGenerator<Uint8Array> {
        yield new Uint8Array()
        for await (const piece of piecesOf(bytesOf(text), 700)) {
          yield piece
          yield new Uint8Array()
        }
      }
      const streams = {
        tiny: () => piecesOf(bytesOf(text), 1),
        empty: withEmptyOnes,
        one: () => piecesOf(bytesOf(text), text.length),
      }
      for (const [key, stream] of Object.entries(streams)) {
        await store.put(key, stream())
        const back = await store.get(key)
        assert.ok(
          back !== undefined && Buffer.from(back).toString() === text,
          `a stream (${key} pieces) of ${text.length} bytes was read with ${back?.length}: an empty piece is not the end of a stream`,
        )
      }
      for (const [key, pieces] of [
        ['none', []],
        ['only-empty', [new Uint8Array(), new Uint8Array()]],
      ] as const) {
        await store.put(key, streamOf(pieces))
        const size = (await store.stat(key))?.size
        assert.equal(size, 0, `a stream without a byte became ${size} bytes: it is an object of 0 bytes`)
      }
    },
  },
  {
    name: 'readers that stop early hold nothing',
    run: async ({ open }) => {
      const store = await open()
      await store.put('some', mebibytes(2))
      const stopEarly = async (): Promise<void> => {
        for await (const chunk of (await store.read('some')) ?? []) {
          assert.ok(chunk.length > 0, 'read() gave an empty chunk')
          return
        }
      }
      const done = within(
        Promise.all(Array.from({ length: EARLY_READERS }, stopEarly)).then(async () => store.get('some')),
        30_000,
        `after ${EARLY_READERS} readers that each took one chunk and stopped, the store does not answer any more: ` +
          'let go of the connection or file when the iterator that readObject() gave is ended by return()',
      )
      assert.equal((await done)?.length, 2 * MIB)
    },
  },
]

function assertFlat(held: number, verb: string, mend: string): void {
  assert.ok(
    held < MOST_HELD * MIB,
    `while ${LARGE} MiB were ${verb}, the process held ${Math.round(held / MIB)} MiB of them at once, and ${MOST_HELD} MiB are the most: ${mend}`,
  )
}

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}
