import { describe, expect, test } from 'vitest'

import { call, type Answer, type Call } from '../support/call.ts'
import { gcsSimulator } from './gcs-simulator.ts'

const gcs = gcsSimulator()
/** As the client for Go reads by default. */
const read = async (path: string, options?: Call): Promise<Answer> => call(gcs.at(`/first-bucket/${path}`), options)
const codeOf = ({ body }: Answer): string | undefined => /<Code>(\w+)<\/Code>/.exec(body.toString())?.[1]

describe('a read by the XML API', () => {
  test('gives the bytes, and what is known of them', async () => {
    const file = gcs.bucket.file('a/b ü')
    await file.save('some bytes', { metadata: { contentType: 'text/x', metadata: { owner: 'ü' } }, resumable: false })
    const [{ generation, md5Hash, crc32c }] = await file.getMetadata()
    const answer = await read('a/b%20%C3%BC')
    expect(answer.body.toString()).toBe('some bytes')
    expect(answer.headers).toMatchObject({
      'content-type': 'text/x',
      'content-length': '10',
      etag: `"${Buffer.from(String(md5Hash), 'base64').toString('hex')}"`,
      'last-modified': new Date(gcs.clock.now()).toUTCString(),
      // Two headers, of which this client makes one.
      'x-goog-hash': `crc32c=${crc32c}, md5=${md5Hash}`,
      'x-goog-generation': String(generation),
      'x-goog-metageneration': '1',
      'x-goog-meta-owner': Buffer.from('ü').toString('latin1'),
      'x-goog-stored-content-length': '10',
    })
    expect(gcs.simulator.calls.at(-1)).toMatchObject({ service: 'gcs', operation: 'objects.download', status: 200 })
    const part = await read('a/b%20%C3%BC', { headers: { Range: 'bytes=5-' } })
    expect([part.status, part.headers['content-range'], part.body.toString()]).toEqual([206, 'bytes 5-9/10', 'bytes'])
    const head = await read('a/b%20%C3%BC', { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '10', 0])
    const query = 'response-content-type=x%2Fy&response-content-disposition=inline%3B%20filename%3D%E6%97%A5.txt'
    const signed = await read(`a/b%20%C3%BC?${query}`)
    const disposition = Buffer.from(signed.headers['content-disposition'] ?? '', 'latin1').toString()
    expect([signed.headers['content-type'], disposition]).toEqual(['x/y', 'inline; filename=日.txt'])
  })

  test('may depend on what is there', async () => {
    const file = gcs.bucket.file('a')
    await file.save('text', { resumable: false })
    const [{ generation }] = await file.getMetadata()
    const { headers } = await read('a')
    const statusOf = async (given: Readonly<Record<string, string>>): Promise<number> =>
      (await read('a', { headers: given })).status
    const [etag, modified] = [headers.etag ?? '', headers['last-modified'] ?? '']
    expect(await statusOf({ 'x-goog-if-generation-match': String(generation) })).toBe(200)
    expect(await statusOf({ 'x-goog-if-generation-match': '1' })).toBe(412)
    expect(await statusOf({ 'x-goog-if-metageneration-match': '2' })).toBe(412)
    expect(await statusOf({ 'x-goog-if-metageneration-match': 'x' })).toBe(400)
    expect(await statusOf({ 'If-Match': etag })).toBe(200)
    expect(await statusOf({ 'If-Match': '"x"' })).toBe(412)
    expect(await statusOf({ 'If-None-Match': etag })).toBe(304)
    expect(await statusOf({ 'If-Modified-Since': modified })).toBe(304)
    expect(await statusOf({ 'If-Unmodified-Since': new Date(0).toUTCString() })).toBe(412)
    expect((await read(`a?generation=${generation}`)).status).toBe(200)
    expect((await read('a?generation=1')).status).toBe(404)
  })

  test('says what is not there in its own form', async () => {
    const absent = await read('none')
    expect([absent.status, codeOf(absent)]).toEqual([404, 'NoSuchKey'])
    expect(absent.headers['content-type']).toMatch(/^application\/xml/)
    const nowhere = await call(gcs.at('/no-bucket/a'))
    expect([nowhere.status, codeOf(nowhere)]).toEqual([404, 'NoSuchBucket'])
    await gcs.bucket.file('a').save('text', { resumable: false })
    const range = await read('a', { headers: { Range: 'bytes=9-' } })
    expect([range.status, codeOf(range)]).toEqual([416, 'InvalidRange'])
    gcs.simulator.addFaults({ operation: 'gcs.objects.download', kind: 'throttle' })
    const throttled = await read('a')
    expect([throttled.status, codeOf(throttled)]).toEqual([429, 'SlowDown'])
  })
})

test.for([
  ['PUT', '/first-bucket/a'],
  ['POST', '/first-bucket/a?uploads'],
  ['GET', '/first-bucket/a?acl'],
  ['GET', '/first-bucket'],
  ['GET', '/'],
])('the rest of the XML API is refused, and never said not to be there: %s %s', async ([method = '', path = '']) => {
  const answer = await call(gcs.at(path), { method })
  expect([answer.status, codeOf(answer)]).toEqual([400, 'NotImplemented'])
  expect(gcs.simulator.calls.at(-1)).toMatchObject({ operation: 'Unsupported', errorCode: 'notImplemented' })
})
