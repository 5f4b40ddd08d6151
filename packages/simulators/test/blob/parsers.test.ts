import fc from 'fast-check'
import { expect, test } from 'vitest'

import { parseBlockList, type BlockReference } from '../../src/blob/block-list.ts'
import { BlobError } from '../../src/blob/blob-error.ts'
import { decodeBase64 } from '../../src/blob/checksums.ts'
import { resourceOf } from '../../src/blob/resource.ts'
import { userMetadataOf } from '../../src/blob/user-metadata.ts'
import { escapeXml, nameElement } from '../../src/blob/xml.ts'
import { startSimulator } from '../../src/simulator.ts'
import { clientOf, newContainer } from './azure.ts'

/** Anything else than a refusal is a mistake of the parser. */
function onlyRefuses(parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    expect(error).toBeInstanceOf(BlobError)
  }
}

test('a block list is read as it was written', () => {
  const reference = fc.record<BlockReference>({
    source: fc.constantFrom('Committed', 'Uncommitted', 'Latest'),
    id: fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  })
  const space = fc.constantFrom('', '\n', '  ', '\r\n')
  fc.assert(
    fc.property(fc.array(reference), space, fc.boolean(), (references, between, withProlog) => {
      const lines = references.map(({ source, id }) => `<${source}>${id}</${source}>`)
      const prolog = withProlog ? '<?xml version="1.0" encoding="utf-8"?>' : ''
      const body = `${prolog}${between}<BlockList>${between}${lines.join(between)}${between}</BlockList>`
      expect(parseBlockList(body)).toEqual(references)
    }),
  )
  expect(parseBlockList('<BlockList />')).toEqual([])
})

test('what is none is refused, whatever it is', () => {
  const pieces = [
    '<BlockList>',
    '</BlockList>',
    '<Latest>',
    '</Latest>',
    '</Committed>',
    'AAAA',
    '&lt;',
    ' ',
    '<?xml?>',
  ]
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 }))), (parts) => {
      onlyRefuses(() => parseBlockList(parts.join('')))
    }),
  )
  for (const body of ['', '<BlockList>', '<BlockList><Latest>A</Committed></BlockList>', '<BlockList>A</BlockList>']) {
    expect(() => parseBlockList(body)).toThrow(BlobError)
  }
})

test('a path is its names, or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (name) => {
      const path = `/account/con-tainer/${name.split('/').map(encodeURIComponent).join('/')}`
      if (!name.isWellFormed()) return
      expect(resourceOf(path, false)).toEqual({ account: 'account', container: 'con-tainer', blob: name })
    }),
  )
  fc.assert(
    fc.property(fc.webPath(), fc.boolean(), (path, isContainer) => onlyRefuses(() => resourceOf(path, isContainer))),
  )
  expect(resourceOf('/account', false)).toEqual({ account: 'account', container: undefined, blob: undefined })
  expect(resourceOf('/account/', false)).toMatchObject({ container: undefined })
  expect(resourceOf('/account/one', true)).toMatchObject({ container: 'one', blob: undefined })
  expect(resourceOf('/account/one', false)).toMatchObject({ container: '$root', blob: 'one' })
  for (const path of ['/', '/Account/one', '/account/-one/x', '/account/one/%ff']) {
    expect(() => resourceOf(path, false)).toThrow(BlobError)
  }
})

test('metadata keeps its spelling; a name comes once', () => {
  const rawHeaders = ['X-MS-Meta-Name', 'a', 'Other', 'b', 'x-ms-meta-__proto__', 'c']
  expect(Object.entries(userMetadataOf({ rawHeaders }))).toEqual([
    ['Name', 'a'],
    ['__proto__', 'c'],
  ])
  expect(() => userMetadataOf({ rawHeaders: ['x-ms-meta-A', '1', 'x-ms-meta-a', '2'] })).toThrow(/metadata/)
  expect(() => userMetadataOf({ rawHeaders: ['x-ms-meta-', '1'] })).toThrow(/empty/)
})

test('base64 is what encodes to the same again', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(Buffer.from(bytes))
    }),
  )
  for (const none of ['A', 'AA', 'AA=', '====', 'AB==', 'a b=', '-_-_']) expect(decodeBase64(none)).toBeUndefined()
})

test('XML has no characters that it cannot have', () => {
  expect(nameElement('a\u0001\uFFFE')).toBe('<Name Encoded="true">a%01%EF%BF%BE</Name>')
  expect(nameElement('<a>&"b"')).toBe('<Name>&lt;a&gt;&amp;&quot;b&quot;</Name>')
  expect(escapeXml('a\u0000b\n')).toBe('a\uFFFDb\n')
})

test('names that are hard for XML and paths come back from a list as they were', async () => {
  await using simulator = await startSimulator('azure')
  const container = await newContainer(clientOf(simulator))
  const names = [
    ' a',
    'a ',
    'a&amp;b',
    '\ttab\n',
    'quote"',
    '#?%',
    '1',
    'true',
    '\uFFFE',
    'null',
    'a//b/',
    'ü\u{1F600}',
  ]
  for (const name of names) await container.getBlockBlobClient(name).upload('x', 1)
  const found: string[] = []
  for await (const { name } of container.listBlobsFlat()) found.push(name)
  expect(found.toSorted()).toEqual(names.toSorted())
})
