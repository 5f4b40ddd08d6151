import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'

import type { ArtifactStore } from '@sidestep/core'

import { forAll } from '../../waiting.ts'
import { bytesOf, MIB, piecesOf, sha256 } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

/** Around what providers and their SDKs cut by. */
const SIZES = [0, 1, 13, 65_535, 65_536, 65_537, MIB + 1]
const STREAMED_SIZES = [...SIZES, 4 * MIB, 5 * MIB, 5 * MIB + 1, 8 * MIB]
const AT_ONCE = 4

/** Bytes come back as they were. */
export const contentChecks: readonly StoreCheck[] = [
  {
    name: 'what is read is what was written, whatever its size',
    run: async ({ open }) => {
      const store = await open()
      await forAll(SIZES, AT_ONCE, async (size) => {
        const bytes = randomBytes(size)
        await assertRoundTrip(store, `at-once/${size}`, bytes, await store.put(`at-once/${size}`, bytes))
        const won = await store.putIfAbsent(`absent/${size}`, bytes)
        assert.equal(won, true, `putIfAbsent() of ${size} bytes gave ${won} where there was nothing`)
        await assertRoundTrip(store, `absent/${size}`, bytes, size)
      })
      await forAll(STREAMED_SIZES, AT_ONCE, async (size) => {
        const bytes = randomBytes(size)
        await assertRoundTrip(
          store,
          `streamed/${size}`,
          bytes,
          await store.put(`streamed/${size}`, piecesOf(bytes, 100_003)),
        )
      })
    },
  },
  {
    name: 'bytes stay as they are, whatever they look like',
    run: async ({ open }) => {
      const store = await open()
      const text = bytesOf('line\r\nline\n\uFEFFü\0')
      const memory = randomBytes(100)
      const bodies: readonly (readonly [key: string, body: Uint8Array])[] = [
        ['packed.json.gz', gzipSync(text)],
        // Providers unpack what says that it is packed.
        ['packed.txt', gzipSync(text)],
        ['text.html', text],
        ['every-byte', Uint8Array.from({ length: 256 }, (_, byte) => byte)],
        ['broken.json', bytesOf('{"a": ')],
        // What an SDK that signs pieces sends around them.
        ['chunked', bytesOf('5;chunk-signature=0\r\nhello\r\n0\r\n\r\n')],
        // A view into longer memory: `bytes.buffer` would be all of it.
        ['view', memory.subarray(10, 30)],
        ['plain-view', new Uint8Array(memory.buffer, memory.byteOffset + 3, 5)],
      ]
      for (const [key, body] of bodies) {
        await assertRoundTrip(store, `put/${key}`, body, await store.put(`put/${key}`, body))
        await store.putIfAbsent(`absent/${key}`, body)
        await assertRoundTrip(store, `absent/${key}`, body, body.length)
        await assertRoundTrip(
          store,
          `streamed/${key}`,
          body,
          await store.put(`streamed/${key}`, piecesOf(body, body.length)),
        )
      }
    },
  },
]

async function assertRoundTrip(store: ArtifactStore, key: string, bytes: Uint8Array, said: number): Promise<void> {
  const back = await store.get(key)
  assert.ok(back !== undefined, `${key} is not there after it was written with ${bytes.length} bytes`)
  const same = back.length === bytes.length && sha256(back) === sha256(bytes)
  assert.ok(
    same,
    `${key} was written with ${bytes.length} bytes (sha256 ${sha256(bytes)}) and read with ${back.length} (sha256 ${sha256(back)}): ` +
      `bytes are stored as they are, those of a view too, and never packed or unpacked on the way`,
  )
  assert.equal(said, bytes.length, `put() of ${bytes.length} bytes said ${said}: putObject() resolves to the size`)
  const size = (await store.stat(key))?.size
  assert.equal(size, bytes.length, `stat() of ${key} says ${size} bytes where there are ${bytes.length}`)
}
