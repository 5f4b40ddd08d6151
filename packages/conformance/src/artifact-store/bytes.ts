import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'

import type { ArtifactStore, StoredObject } from '@sidestep/core'

/** Bytes in a mebibyte. */
export const MIB: number = 2 ** 20

/** The UTF-8 of a text. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Lower-case hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Bytes as a stream of pieces of so many bytes. Each piece is memory of its own. */
export async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield Uint8Array.from(bytes.subarray(at, at + size))
}

/** So many bytes in pieces of a mebibyte, no two of them alike, each of them new memory. */
export async function* mebibytes(count: number): AsyncGenerator<Uint8Array> {
  const block = randomBytes(MIB)
  for (let n = 0; n < count; n += 1) {
    const piece = Buffer.from(block)
    piece.writeUInt32BE(n)
    yield piece
  }
}

/** Everything below a prefix, by key. An object that is listed twice fails. */
export async function listed(store: ArtifactStore, prefix: string): Promise<Map<string, StoredObject>> {
  const found = new Map<string, StoredObject>()
  for await (const object of store.list(prefix)) {
    const again = found.has(object.key)
    assert.ok(
      !again,
      `list(${JSON.stringify(prefix)}) gave ${JSON.stringify(object.key)} twice: every object is listed once. See how listObjects() goes from page to page.`,
    )
    found.set(object.key, object)
  }
  return found
}

/** The keys below a prefix, in order. */
export async function keysBelow(store: ArtifactStore, prefix: string): Promise<string[]> {
  return [...(await listed(store, prefix)).keys()].toSorted()
}

/** What an object holds, as its message says it: `5 bytes "hello"`. */
export function shown(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return 'nothing'
  const text = Buffer.from(bytes.subarray(0, 40)).toString('latin1')
  return `${bytes.length} bytes ${JSON.stringify(text)}${bytes.length > 40 ? '…' : ''}`
}

/** Asserts that an object is there with exactly these bytes. */
export async function assertHolds(store: ArtifactStore, key: string, bytes: Uint8Array, mend: string): Promise<void> {
  const found = await store.get(key)
  assert.ok(
    found !== undefined && Buffer.compare(found, bytes) === 0,
    `${JSON.stringify(key)} holds ${shown(found)}, and must hold ${shown(bytes)}. ${mend}`,
  )
}

/** How many there are in all. */
export async function countOf(objects: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of objects) count += 1
  return count
}
