import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { constants, zstdCompressSync } from 'node:zlib'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { FileTree } from '../../src/base/file-tree.ts'
import { layerArchive } from '../../src/base/layer-stream.ts'
import { readLayer } from '../../src/base/read-layer.ts'
import { archive } from '../builder/support.ts'

const ZSTD = 'application/vnd.oci.image.layer.v1.tar+zstd'

function frame(content: Buffer, { level, checksum }: { level: number; checksum: boolean }): Buffer {
  return zstdCompressSync(content, {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0 },
  })
}

/** As zstd:chunked has it at its end: content that is none of the archive's. */
function skippable(content: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt32LE(0x184d2a50 + (content.length % 16))
  header.writeUInt32LE(content.length, 4)
  return Buffer.concat([header, content])
}

const content: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 0, max: 400_000 }).map((size) => Buffer.alloc(size, 'ab')),
  fc
    .integer({ min: 1, max: 300_000 })
    .map((size) => Buffer.from(Array.from({ length: size }, (_, n) => (n * n * 31) >> 7))),
)
const options = fc.record({ level: fc.constantFrom(1, 3, 12), checksum: fc.boolean() })
const part = fc.oneof(
  fc.tuple(content, options).map(([bytes, how]) => ({ blob: frame(bytes, how), bytes })),
  fc.uint8Array({ maxLength: 50 }).map((bytes) => ({ blob: skippable(Buffer.from(bytes)), bytes: Buffer.alloc(0) })),
)

function inChunks(blob: Buffer, size: number): Readable {
  const count = Math.ceil(blob.length / size)
  return Readable.from(Array.from({ length: count }, (_, n) => blob.subarray(n * size, (n + 1) * size)))
}

test('several frames are one archive, wherever chunks end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 5 }),
      fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(997, 65_536, 1 << 20)),
      async (parts, size) => {
        const blob = Buffer.concat(parts.map((it) => it.blob))
        // Single bytes of a large blob take long and say nothing more.
        const read = await buffer(layerArchive(inChunks(blob, blob.length > 20_000 ? size * 1000 : size), ZSTD, 'base'))
        expect(read.equals(Buffer.concat(parts.map((it) => it.bytes)))).toBe(true)
      },
    ),
    { numRuns: 50 },
  )
})

test('what is no zstd, or ends too early, is an error', async () => {
  await expect(buffer(layerArchive(inChunks(Buffer.alloc(1000, 'x'), 100), ZSTD, 'base'))).rejects.toThrow()
  const whole = frame(Buffer.alloc(1000, 'x'), { level: 3, checksum: true })
  await expect(buffer(layerArchive(inChunks(whole.subarray(0, -3), 100), ZSTD, 'base'))).rejects.toThrow()
})

test('a layer of several frames is read to its end', async () => {
  const tar = Buffer.from(await archive({ 'usr/lib/libc.so.6': 'x', 'usr/lib/libgcc_s.so.1': 'y' }))
  const cuts = [0, 600, 1500, tar.length]
  const frames = cuts.slice(1).map((end, n) => frame(tar.subarray(cuts[n], end), { level: 3, checksum: true }))
  const tree = new FileTree()
  await readLayer(layerArchive(Readable.from([Buffer.concat(frames)]), ZSTD, 'base'), tree)
  expect([...tree.named(/./u)].map(([path]) => path)).toEqual(['usr/lib/libc.so.6', 'usr/lib/libgcc_s.so.1'])
})
