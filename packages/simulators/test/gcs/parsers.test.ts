import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { CutError } from '../../src/ground/exchange.ts'
import { readDownloadRange, readUploadRange } from '../../src/gcs/byte-ranges.ts'
import { GcsError } from '../../src/gcs/gcs-error.ts'
import { GRANULE_BYTES, Granules } from '../../src/gcs/granules.ts'
import { checkHashes, readHashes } from '../../src/gcs/hashes.ts'
import { relatedBoundary, relatedParts } from '../../src/gcs/multipart-related.ts'
import { checkBucketName, checkObjectName } from '../../src/gcs/names.ts'

async function* pieces(bytes: Uint8Array, sizes: readonly number[], error?: Error): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
  if (error !== undefined) throw error
}

async function all(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(Uint8Array.from(chunk))
  return Buffer.concat(chunks)
}

describe('multipart/related', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
  /** Much of it looks like the beginning of a boundary. */
  const content = fc
    .array(fc.constantFrom('\r', '\n', '-', '--', '\r\n--', '\r\n--edg', 'edge', 'x', '\0'), { maxLength: 30 })
    .map((parts) => parts.join(''))
    .filter((text) => !`\r\n${text}\r\n`.includes('\r\n--edge'))

  test('gives the parts back, in whatever pieces they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(content, { minLength: 1, maxLength: 3 }),
        content,
        sizes,
        async (parts, rest, lengths) => {
          const body = parts.map((part, index) => `--edge\r\nX-Part: ${index}\r\n\r\n${part}\r\n`).join('')
          const bytes = Buffer.from(`${body}--edge--${rest}`)
          const read: string[] = []
          for await (const part of relatedParts(pieces(bytes, lengths), 'edge')) {
            expect(part.headers).toEqual({ 'x-part': String(read.length) })
            read.push((await all(part.body)).toString())
          }
          expect(read).toEqual(parts)
        },
      ),
    )
  })

  test('is refused where it is none, and never anything else', async () => {
    const noise = fc.array(fc.constantFrom('--edge', '\r\n', '--', 'a: b', '\r\n\r\n', 'x'), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(noise, sizes, async (tokens, lengths) => {
        try {
          for await (const part of relatedParts(pieces(Buffer.from(tokens.join('')), lengths), 'edge'))
            await all(part.body)
        } catch (error) {
          expect(error).toBeInstanceOf(GcsError)
        }
      }),
    )
  })

  test.for([
    ['multipart/related; boundary=abc', 'abc'],
    ['Multipart/Related; type=x; boundary="a b;c"', 'a b;c'],
    ["multipart/related; boundary='abc'", 'abc'],
  ])('%s has the boundary %s', ([type, boundary]) => {
    expect(relatedBoundary(type)).toBe(boundary)
  })

  test.for([undefined, 'multipart/related', 'multipart/form-data; boundary=a', 'text/css'])('%s has none', (type) => {
    expect(() => relatedBoundary(type)).toThrow(GcsError)
  })
})

describe('granules', () => {
  test('keep whole ones, and the rest where the upload ends', async () => {
    const run = fc.record({
      size: fc.integer({ min: 0, max: 3 * GRANULE_BYTES }),
      skip: fc.constantFrom(0, 0, 1, GRANULE_BYTES, 2 * GRANULE_BYTES),
      sizes: fc.array(fc.integer({ min: 1000, max: 2 * GRANULE_BYTES }), { minLength: 1, maxLength: 4 }),
      end: fc.constantFrom('last', 'more', 'cut'),
    })
    const source = Buffer.from(Array.from({ length: 3 * GRANULE_BYTES }, (_, index) => index % 251))
    await fc.assert(
      fc.asyncProperty(run, async ({ size, skip, sizes, end }) => {
        const cut = end === 'cut' ? new CutError('cut') : undefined
        const granules = new Granules(pieces(source.subarray(0, size), sizes, cut), skip, () => end !== 'more')
        const kept = await all(granules.kept())
        const fresh = Math.max(0, size - skip)
        const length = end === 'last' ? fresh : fresh - (fresh % GRANULE_BYTES)
        expect(kept.equals(source.subarray(skip, skip + length))).toBe(true)
        expect(granules.received).toBe(size)
        expect(granules.cut).toBe(cut)
      }),
      { numRuns: 60 },
    )
  })

  test('another error is not a cut', async () => {
    const granules = new Granules(pieces(Buffer.alloc(1), [1], new Error('disk')), 0, () => true)
    await expect(all(granules.kept())).rejects.toThrow('disk')
  })
})

describe('ranges', () => {
  test.for([
    ['bytes=0-3', { start: 0, end: 3 }],
    ['bytes=3-', { start: 3, end: 9 }],
    ['bytes=3-99', { start: 3, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-99', { start: 0, end: 9 }],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=3-2', undefined],
    ['bytes=1-2,4-5', undefined],
    ['bytes=-', undefined],
    ['lines=1-2', undefined],
    [undefined, undefined],
  ] as const)('%s of ten bytes', ([header, range]) => {
    expect(readDownloadRange(header, 10)).toEqual(range)
  })

  test('of no bytes there is none', () => {
    expect(readDownloadRange('bytes=0-', 0)).toBe('unsatisfiable')
    expect(readDownloadRange('bytes=-5', 0)).toBe('unsatisfiable')
  })

  test('are always within the object', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^bytes=\d{0,2}-\d{0,2}$/), fc.integer({ min: 0, max: 30 }), (header, size) => {
        const range = readDownloadRange(header, size)
        if (typeof range !== 'object') return
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.end).toBeGreaterThanOrEqual(range.start)
        expect(range.end).toBeLessThan(size)
      }),
    )
  })

  test('of uploads are read as they were written, or refused', () => {
    const number = fc.option(fc.nat(99), { nil: undefined })
    fc.assert(
      fc.property(number, number, number, (start, end, total) => {
        const last = start === undefined ? undefined : end
        const place = start === undefined ? '*' : `${start}-${last ?? '*'}`
        const header = `bytes ${place}/${total ?? '*'}`
        const isWrong =
          (last !== undefined && (last < start! || (total !== undefined && last >= total))) ||
          (start !== undefined && total !== undefined && start > total)
        if (isWrong) expect(() => readUploadRange(header)).toThrow(GcsError)
        else expect(readUploadRange(header)).toEqual({ start, end: last, total })
      }),
    )
  })
})

describe('hashes', () => {
  const actual = { md5: Buffer.alloc(16, 1).toString('base64'), crc32c: 'AQIDBA==' }

  test('all that are declared are compared', () => {
    checkHashes(readHashes(`crc32c=${actual.crc32c}, md5=${actual.md5}`, { md5Hash: actual.md5 }), actual)
    checkHashes(readHashes(undefined), actual)
    expect(() => checkHashes(readHashes('crc32c=AAAAAA=='), actual)).toThrow('Provided CRC32C "AAAAAA=="')
    expect(() => checkHashes(readHashes(undefined, { crc32c: 'AAAAAA==' }), actual)).toThrow('Provided CRC32C')
    expect(() => checkHashes(readHashes(`md5=${Buffer.alloc(16).toString('base64')}`), actual)).toThrow(
      'Provided MD5 hash',
    )
  })

  test.for(['crc32c', 'crc32c=', 'crc32c=AAAA', 'md5=AAAAAA==', 'sha1=x', '', 'crc32c=AAAAAB=='])(
    '%j is none',
    (header) => {
      expect(() => readHashes(header)).toThrow(GcsError)
    },
  )
})

test('names that can be are not refused', () => {
  for (const name of ['abc', 'a-b_c.d', '1a2', 'a'.repeat(63), `${'a'.repeat(63)}.${'b'.repeat(63)}`])
    checkBucketName(name)
  for (const name of ['a', 'ü'.repeat(512), '...', '.well-known/x', ' ']) checkObjectName(name)
  for (const name of ['', '.', '..', '\ud800', 'a\rb', '.well-known/acme-challenge/x']) {
    expect(() => checkObjectName(name)).toThrow(GcsError)
  }
})
