import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { abortable } from '../../src/store/abortable.ts'
import { MAX_STREAM_BYTES, partBytes, partsOf } from '../../src/store/stream-parts.ts'

async function* from(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  // One piece of memory for all, as a reader of files may have it.
  const memory = Buffer.alloc(64)
  for (const piece of pieces) {
    memory.set(piece)
    yield memory.subarray(0, piece.length)
    memory.fill(255)
  }
}

test('parts are whole but for the last, in order, and together the stream', async () => {
  const sizes = [3, 5, 7]
  const bytesOf = (number: number): number => sizes[number - 1] ?? 11
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 20 })), async (pieces) => {
      const parts = []
      for await (const part of partsOf(from(pieces), { bytesOf })) parts.push(part)
      expect(Buffer.concat(parts.map(({ bytes }) => bytes))).toEqual(Buffer.concat(pieces))
      expect(parts.map(({ number }) => number)).toEqual(parts.map((_, index) => index + 1))
      expect(parts.map(({ isLast }) => isLast)).toEqual(parts.map((_, index) => index === parts.length - 1))
      for (const { number, bytes, isLast } of parts) if (!isLast) expect(bytes.length).toBe(bytesOf(number))
      // Nothing stands in an empty part, but for an empty stream.
      if (parts.length > 1) expect(parts.at(-1)?.bytes.length).toBeGreaterThan(0)
    }),
  )
})

test('a stream of as many parts as there may be is an object, and one byte more is none', async () => {
  const limits = { bytesOf: () => 2, most: 3 }
  const count = async (bytes: number): Promise<number> => {
    let parts = 0
    for await (const _ of partsOf(from([new Uint8Array(bytes)]), limits)) parts += 1
    return parts
  }
  expect(await count(6)).toBe(3)
  await expect(count(7)).rejects.toThrow('longer than an object of S3 can be')
})

test('no part is smaller than S3 takes, and the largest stream is more than 500 GiB', () => {
  for (let number = 1; number <= 10_000; number += 1) {
    expect(partBytes(number)).toBeGreaterThanOrEqual(5 * 2 ** 20)
    expect(partBytes(number)).toBeLessThanOrEqual(5 * 2 ** 30)
  }
  expect(MAX_STREAM_BYTES).toBeGreaterThan(500 * 2 ** 30)
})

test('a stream that gives nothing ends with its signal, and is closed', async () => {
  const abort = new AbortController()
  let isClosed = false
  const source: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => new Promise(() => undefined),
      return: async () => {
        isClosed = true
        return { done: true, value: undefined }
      },
    }),
  }
  const reading = abortable(source, abort.signal).next()
  const reason = new Error('enough')
  abort.abort(reason)
  await expect(reading).rejects.toBe(reason)
  expect(isClosed).toBe(true)
})
