import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { compareUtf8 } from '../../src/ground/utf8-order.ts'
import { decodeAwsChunked } from '../../src/s3/aws-chunked.ts'
import { rangeOf } from '../../src/s3/byte-range.ts'
import { joinedChecksum } from '../../src/s3/checksum.ts'
import { grouped, urlEncoded } from '../../src/s3/grouping.ts'
import { isBucketName } from '../../src/s3/names.ts'
import { S3Error } from '../../src/s3/s3-error.ts'
import { readXml, textOf, writeXml, XmlError } from '../../src/s3/xml.ts'

describe('documents', () => {
  test('what is written is read again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer(), (text, number) => {
        fc.pre(![...text].some((character) => character < ' '))
        const document = readXml(
          writeXml('Root', [
            ['A', text],
            [
              'B',
              [
                ['C', number],
                ['D', undefined],
              ],
            ],
            ['E', '\r\n\t'],
          ]),
        )
        expect(textOf(document, 'A')).toBe(text)
        expect(textOf(document.children[1] ?? document, 'C')).toBe(`${number}`)
        expect(textOf(document, 'E')).toBe('\r\n\t')
      }),
    )
  })

  test('of other writers', () => {
    const text = `<?xml version="1.0"?><!-- x --><s:Delete xmlns:s="urn:x" a='>'>\n<Key><![CDATA[a<&]]>&#65;&#x1F600;<!-- - --></Key><Empty /></s:Delete>\n`
    const document = readXml(text)
    expect([document.name, textOf(document, 'Key'), textOf(document, 'Empty')]).toEqual(['Delete', 'a<&A\u{1f600}', ''])
  })

  test.each([
    '',
    'x',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a>&x;</a>',
    '<a>& </a>',
    '<a>&#xD800;</a>',
    '<a>&constructor;</a>',
    '<a b></a>',
    '<a b="<"/>',
    '<!DOCTYPE a><a/>',
    '<a>]]></a>',
    '<a>\u0001</a>',
    '<a>'.repeat(100_000),
  ])('%.20s is none', (text) => {
    expect(() => readXml(text)).toThrow(XmlError)
  })

  test('nothing breaks the reader', () => {
    const piece = fc.constantFrom(
      '<a>',
      '</a>',
      '<b/>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '&amp;',
      '&',
      '<?x',
      '?>',
      ' ',
      'x',
      '"',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          readXml(pieces.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(XmlError)
        }
      }),
    )
  })
})

const PADDING = Buffer.alloc(8191)

describe('chunks', () => {
  async function decode(body: Uint8Array, cuts: readonly number[], options: { length: number; trailer?: string }) {
    const bounds = [0, ...cuts.map((cut) => cut % (body.length + 1)), body.length].toSorted(
      (left, right) => left - right,
    )
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (const [index, start] of bounds.entries()) yield body.subarray(start, bounds[index + 1] ?? start)
    }
    const parts: Uint8Array[] = []
    let value: string | undefined
    const { length: decodedLength, trailer } = options
    const onTrailer = (found: string): void => void (value = found)
    for await (const part of decodeAwsChunked(source(), { decodedLength, isSigned: false, trailer, onTrailer })) {
      parts.push(part)
    }
    return { bytes: Buffer.concat(parts), value }
  }
  const encode = (chunks: readonly Uint8Array[], trailer = ''): Buffer =>
    Buffer.concat([
      ...chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
      Buffer.from(`0\r\n${trailer}\r\n`),
    ])
  // All but the last have as many bytes as S3 wants.
  const chunksOf = fc
    .array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { maxLength: 5 })
    .map((chunks) =>
      chunks.map((chunk, index) => (index === chunks.length - 1 ? chunk : Buffer.concat([chunk, PADDING]))),
    )

  test('are put together, however they arrive', async () => {
    await fc.assert(
      fc.asyncProperty(chunksOf, fc.array(fc.nat(40_000), { maxLength: 8 }), async (chunks, cuts) => {
        const whole = Buffer.concat(chunks)
        const plain = await decode(encode(chunks), cuts, { length: whole.length })
        expect([plain.bytes.equals(whole), plain.value]).toEqual([true, undefined])
        const options = { length: whole.length, trailer: 'x-amz-checksum-crc32' }
        const { bytes, value } = await decode(encode(chunks, 'X-Amz-Checksum-Crc32: abc=\r\n'), cuts, options)
        expect([bytes.equals(whole), value]).toEqual([true, 'abc='])
      }),
    )
  })

  test('that are cut, or changed where the framing is, are refused', async () => {
    await fc.assert(
      fc.asyncProperty(chunksOf, fc.nat(), async (chunks, at) => {
        const length = Buffer.concat(chunks).length
        const body = encode(chunks, 'x-amz-checksum-crc32:abc=\r\n')
        // Without the last line, all has been said.
        const cut = body.subarray(0, at % (body.length - 3))
        const options = { length, trailer: 'x-amz-checksum-crc32' }
        await expect(decode(cut, [], options)).rejects.toThrow(S3Error)
        await expect(decode(Buffer.concat([body, Buffer.from('x')]), [], options)).rejects.toThrow(S3Error)
        await expect(decode(body, [], { ...options, length: length + 1 })).rejects.toThrow(S3Error)
        await expect(decode(body, [], { length })).rejects.toThrow(S3Error)
      }),
    )
  })
})

test('ranges are within the object', () => {
  const bound = fc.oneof(fc.nat(30), fc.constant<''>(''))
  fc.assert(
    fc.property(bound, bound, fc.nat(20), (first, last, size) => {
      const all = Array.from({ length: size }, (_, index) => index)
      const wanted =
        first === ''
          ? all.slice(last === '' ? 0 : Math.max(0, size - last))
          : all.slice(first, last === '' ? size : last + 1)
      const isIgnored = (first === '' && last === '') || (first !== '' && last !== '' && last < first)
      const read = () => rangeOf(`bytes=${first}-${last}`, size)
      if (isIgnored) expect(read()).toBeUndefined()
      else if (wanted.length === 0) expect(read).toThrow(S3Error)
      else expect(read()).toEqual({ start: wanted[0], end: wanted.at(-1) })
    }),
  )
})

test('groups are what a slow reading finds', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '\u{1f600}', '\uffff'), maxLength: 4 })
  fc.assert(
    fc.property(fc.uniqueArray(text), text, text, text, (keys, prefix, delimiter, after) => {
      const names = new Set<string>()
      for (const key of keys) {
        if (!key.startsWith(prefix) || (after !== '' && compareUtf8(key, after) <= 0)) continue
        const [head = ''] = delimiter === '' ? [] : key.slice(prefix.length).split(delimiter)
        const isGroup = delimiter !== '' && key.slice(prefix.length).includes(delimiter)
        const name = isGroup ? `${prefix}${head}${delimiter}` : key
        if (!(isGroup && name === after)) names.add(`${isGroup ? 'group' : 'key'} ${name}`)
      }
      const items = keys.toSorted(compareUtf8).map((key) => ({ key }))
      const entries = grouped(items, { prefix, delimiter, after })
      expect(entries.map(({ name }) => name)).toEqual(entries.map(({ name }) => name).toSorted(compareUtf8))
      expect(new Set(entries.map(({ name, item }) => `${item === undefined ? 'group' : 'key'} ${name}`))).toEqual(names)
      expect(entries).toHaveLength(names.size)
    }),
  )
})

test('names in percent signs can be read again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(decodeURIComponent(urlEncoded(text).replaceAll('+', ' '))).toBe(text)
      expect(urlEncoded(text)).toMatch(/^[\w%+/.*-]*$/)
    }),
  )
})

test('names of buckets', () => {
  for (const name of ['abc', 'a.b-c', '1ab', 'a'.repeat(63), '1.2.3', '1.2.3.4.5'])
    expect(isBucketName(name)).toBe(true)
})

test('a composite checksum is that of the sums, with how many there are', () => {
  const part = { size: 1, value: 'AAAAAA==' }
  expect(joinedChecksum([part, part], 'CRC32', 'COMPOSITE').value).toBe('ZSLfaQ==-2')
})
