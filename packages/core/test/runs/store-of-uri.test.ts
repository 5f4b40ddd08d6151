import fc from 'fast-check'
import { expect, test } from 'vitest'

import { canOpenStoreAt, describeStoreAt, parseRunUri } from '../../src/runs/store-of-uri.ts'

test.each(['', '/', '/run.json'])('a run is named by the uri of its folder: …/runs/r%s', (end) => {
  expect(parseRunUri(`file:///home/me/my%20store/runs/r-1${end}`)).toEqual({
    storeUri: 'file:///home/me/my%20store',
    runId: 'r-1',
  })
})

test('a store may lie below a folder that is called runs', () => {
  expect(parseRunUri('s3://bucket/runs/a/runs/b')).toEqual({ storeUri: 's3://bucket/runs/a', runId: 'b' })
})

test.each(['r-1', '/store/runs/r', 'file:///store', 'file:///store/runs/', 'file:///store/runs/r/train-1/1', ''])(
  'what names no run is refused: %j',
  (uri) => {
    expect(() => parseRunUri(uri)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  },
)

test('a folder of a machine is a store of the flavor local, at the path that the uri means', () => {
  expect(describeStoreAt('file:///home/me/my%20store')).toMatchObject({
    type: 'artifact_store',
    flavor: 'local',
    config: { path: '/home/me/my store' },
  })
})

test('a scheme that no flavor answers for is refused, with those that are known', () => {
  expect(canOpenStoreAt('s3://bucket')).toBe(false)
  expect(() => describeStoreAt('s3://bucket')).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('file:// (flavor local)') }),
  )
})

test('any text is the uri of a run, or refused', () => {
  const nearly = fc
    .array(fc.constantFrom('file:', '//', '/', 'runs', 'r-1', 'run.json', '..', '%2f', '\n', ' '))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearly), (text) => {
      try {
        const { storeUri, runId } = parseRunUri(text)
        expect(text.startsWith(`${storeUri}/runs/${runId}`)).toBe(true)
        expect(runId).toMatch(/^[a-z0-9-]+$/)
      } catch (error) {
        expect(error).toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
      }
    }),
  )
})
