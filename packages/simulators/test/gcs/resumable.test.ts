import { once } from 'node:events'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { describe, expect, test } from 'vitest'

import { call, type Answer, type Call } from '../support/call.ts'
import { countOf, errorOf, gcsSimulator, randomBytes, sendAndCut } from './gcs-simulator.ts'

const gcs = gcsSimulator()
const KIB = 1024

async function start(query = 'name=big', { headers = {}, body = '{}' }: Call = {}): Promise<string> {
  const path = `/upload/storage/v1/b/first-bucket/o?uploadType=resumable&${query}`
  const answer = await call(gcs.at(path), { method: 'POST', headers, body })
  expect(answer.status).toBe(200)
  const { location } = answer.headers
  expect(location).toMatch(
    /^http:\/\/127\.0\.0\.1:\d+\/upload\/storage\/v1\/b\/first-bucket\/o\?uploadType=resumable&.*upload_id=/,
  )
  return location!
}

async function put(url: string, range: string, body: Uint8Array | string = '', headers = {}): Promise<Answer> {
  return call(url, { method: 'PUT', headers: { 'Content-Range': range, ...headers }, body })
}

async function stored(): Promise<Buffer> {
  return (await gcs.bucket.file('big').download())[0]
}

describe('chunks', () => {
  const bytes = randomBytes(600 * KIB)

  test('one after the other, of a size that is said at the end', async () => {
    const url = await start()
    const none = await put(url, 'bytes */*')
    expect(none.status).toBe(308)
    expect(none.headers.range).toBeUndefined()
    const first = await put(url, `bytes 0-${256 * KIB - 1}/*`, bytes.subarray(0, 256 * KIB))
    expect(first).toMatchObject({ status: 308, headers: { range: 'bytes=0-262143', 'content-length': '0' } })
    expect((await put(url, 'bytes */*')).headers.range).toBe('bytes=0-262143')
    expect((await errorOf(stored())).code).toBe(404)
    const last = await put(url, `bytes ${256 * KIB}-${600 * KIB - 1}/${600 * KIB}`, bytes.subarray(256 * KIB))
    expect(last.status).toBe(200)
    expect(last.json()).toMatchObject({ kind: 'storage#object', name: 'big', size: `${600 * KIB}` })
    expect((await stored()).equals(bytes)).toBe(true)
  })

  test('an upload that is done tells so again and again', async () => {
    const url = await start()
    const done = await put(url, 'bytes 0-3/4', 'text')
    expect((await put(url, 'bytes */*')).json()).toEqual(done.json())
    expect((await put(url, 'bytes 0-3/4', 'text')).json()).toEqual(done.json())
    expect((await call(url, { method: 'DELETE' })).status).toBe(499)
    expect((await put(url, 'bytes */*')).status).toBe(200)
  })

  test('a chunk that was sent already changes nothing', async () => {
    const url = await start()
    const chunk = bytes.subarray(0, 256 * KIB)
    for (let time = 0; time < 3; time += 1) {
      expect((await put(url, 'bytes 0-262143/*', chunk)).headers.range).toBe('bytes=0-262143')
    }
    expect((await put(url, `bytes 0-*/*`, bytes)).status).toBe(200)
    expect((await stored()).equals(bytes)).toBe(true)
  })

  test('after a gap are refused', async () => {
    const url = await start()
    const answer = await put(url, 'bytes 262144-524287/*', bytes.subarray(0, 256 * KIB))
    expect(answer).toMatchObject({ status: 503, code: undefined })
    expect((await put(url, 'bytes */*')).headers.range).toBeUndefined()
  })

  test('that are too small are refused', async () => {
    const url = await start()
    const answer = await put(url, 'bytes 0-1023/*', bytes.subarray(0, 1024))
    expect(answer.status).toBe(400)
    expect(answer.json().error.message).toContain('The received request contained 1024 bytes')
  })

  test('of which only multiples of 256 KiB are kept', async () => {
    const url = await start()
    const answer = await put(url, `bytes 0-${300 * KIB - 1}/*`, bytes.subarray(0, 300 * KIB))
    expect(answer).toMatchObject({ status: 308, headers: { range: 'bytes=0-262143' } })
  })

  test.for([
    ['bytes 0-9/20', 'short'],
    ['bytes 0-3/4', 'too long'],
    ['bytes 3-1/9', ''],
    ['bytes 0-9/5', ''],
    ['0-3/4', 'text'],
    ['bytes 0--1/5', ''],
  ])('that say %s of %j are refused', async ([range, body]) => {
    const url = await start()
    const answer = await put(url, range!, body!)
    expect(answer.status).toBe(400)
    expect(answer.json().error.errors[0].reason).toBe('invalid')
    // The upload goes on.
    expect((await put(url, 'bytes 0-3/4', 'text')).status).toBe(200)
  })

  test('the size that was said first holds', async () => {
    const url = await start('name=big', { headers: { 'X-Upload-Content-Length': 4 } })
    expect((await put(url, 'bytes 0-4/5', 'texts')).status).toBe(400)
    expect((await put(url, 'bytes 0-*/*', 'text')).status).toBe(200)
  })

  test('without a Content-Range it is all of them', async () => {
    const url = await start()
    expect((await call(url, { method: 'PUT', body: bytes })).status).toBe(200)
    expect((await stored()).equals(bytes)).toBe(true)
  })

  test('all are there, and only the size is said', async () => {
    const url = await start()
    await put(url, 'bytes 0-262143/*', bytes.subarray(0, 256 * KIB))
    expect((await put(url, 'bytes */262145')).status).toBe(308)
    expect((await put(url, 'bytes */262144')).status).toBe(200)
  })

  test('for those who take a 308 for a redirect', async () => {
    const url = await start()
    const answer = await put(url, 'bytes */*', '', { 'X-GUploader-No-308': 'yes' })
    expect(answer).toMatchObject({ status: 200, headers: { 'x-http-status-code-override': '308' } })
  })
})

describe('what ends an upload', () => {
  test('a cancel', async () => {
    const url = await start()
    await put(url, 'bytes 0-262143/*', randomBytes(256 * KIB))
    expect((await call(url, { method: 'DELETE' })).status).toBe(499)
    expect((await put(url, 'bytes */*')).status).toBe(499)
    expect((await put(url, 'bytes 0-3/4', 'text')).status).toBe(499)
    expect((await errorOf(stored())).code).toBe(404)
  })

  test('a week', async () => {
    const url = await start()
    await gcs.clock.advance(7 * 24 * 3600 * 1000 - 1)
    expect((await put(url, 'bytes */*')).status).toBe(308)
    await gcs.clock.advance(1)
    expect((await put(url, 'bytes */*')).status).toBe(410)
    expect((await put(url, 'bytes 0-3/4', 'text')).status).toBe(410)
    await gcs.clock.advance(7 * 24 * 3600 * 1000)
    await start()
    expect((await put(url, 'bytes */*')).status).toBe(404)
  })

  test('a hash that is not that of the bytes', async () => {
    const url = await start('name=big', { body: JSON.stringify({ crc32c: 'AAAAAA==' }) })
    expect((await put(url, 'bytes 0-3/4', 'text')).status).toBe(400)
    expect((await put(url, 'bytes */*')).status).toBe(410)
    const other = await start()
    const answer = await put(other, 'bytes 0-3/4', 'text', { 'X-Goog-Hash': 'crc32c=AAAAAA==' })
    expect(answer.json().error.message).toMatch(/^Provided CRC32C "AAAAAA==" doesn't match calculated CRC32C "/)
  })

  test('a precondition, which is asked at the end', async () => {
    const url = await start('name=big&ifGenerationMatch=0')
    await gcs.bucket.file('big').save('another was faster', { resumable: false })
    const answer = await put(url, 'bytes 0-3/4', 'text')
    expect(answer.status).toBe(412)
    expect(answer.json().error.errors).toEqual([
      expect.objectContaining({ reason: 'conditionNotMet', domain: 'global', location: 'If-Match' }),
    ])
    expect((await stored()).toString()).toBe('another was faster')
  })

  test('the end of its bucket', async () => {
    const url = await start()
    await gcs.bucket.delete()
    expect((await put(url, 'bytes 0-3/4', 'text')).status).toBe(404)
  })

  test('an upload that nobody began is not there', async () => {
    const url = gcs.at('/upload/storage/v1/b/first-bucket/o?uploadType=resumable&upload_id=none')
    expect((await put(url, 'bytes */*')).status).toBe(404)
  })
})

describe('a cut', () => {
  test('keeps what came, in multiples of 256 KiB, and the upload goes on', async () => {
    const bytes = randomBytes(1000 * KIB)
    const url = await start()
    await sendAndCut(gcs.simulator, url, 'PUT', bytes.subarray(0, 700 * KIB), 'bytes 0-*/*')
    await expect.poll(async () => (await put(url, 'bytes */*')).headers.range).toBe(`bytes=0-${512 * KIB - 1}`)
    await sendAndCut(
      gcs.simulator,
      url,
      'PUT',
      bytes.subarray(512 * KIB, 800 * KIB),
      `bytes ${512 * KIB}-*/${1000 * KIB}`,
    )
    await expect.poll(async () => (await put(url, 'bytes */*')).headers.range).toBe(`bytes=0-${768 * KIB - 1}`)
    const last = await put(url, `bytes ${768 * KIB}-*/${1000 * KIB}`, bytes.subarray(768 * KIB))
    expect(last.status).toBe(200)
    expect((await stored()).equals(bytes)).toBe(true)
    // Its hashes are those of all bytes, in whatever pieces they came.
    await gcs.bucket.file('big').download({ validation: 'md5' })
  })

  test('before and after a chunk is mended by the SDK', async () => {
    const bytes = randomBytes(1000 * KIB)
    gcs.simulator.addFaults(
      { operation: 'gcs.uploads.write', kind: 'reset-before', after: 1 },
      { operation: 'gcs.uploads.write', kind: 'reset-after', after: 2 },
    )
    const file = gcs.bucket.file('big')
    await pipeline(Readable.from([bytes]), file.createWriteStream({ chunkSize: 256 * KIB }))
    expect((await stored()).equals(bytes)).toBe(true)
    expect(countOf(gcs.simulator, 'uploads.query')).toBe(2)
  })

  test('of a client that ended is taken up by another', async () => {
    const bytes = randomBytes(900 * KIB)
    const file = gcs.bucket.file('big')
    const [uri] = await file.createResumableUpload()
    const partial = file.createWriteStream({ uri, chunkSize: 512 * KIB, isPartialUpload: true, resumable: true })
    await pipeline(Readable.from([bytes.subarray(0, 512 * KIB)]), partial)
    expect((await put(uri, 'bytes */*')).headers.range).toBe(`bytes=0-${512 * KIB - 1}`)
    const rest = gcs.client().bucket('first-bucket').file('big')
    const stream = rest.createWriteStream({ uri, offset: 512 * KIB, validation: false })
    await pipeline(Readable.from([bytes.subarray(512 * KIB)]), stream)
    expect((await stored()).equals(bytes)).toBe(true)
  })

  test('the answer to the last bytes is lost, and the object is there', async () => {
    gcs.simulator.addFaults({ operation: 'gcs.uploads.write', kind: 'reset-after' })
    const file = gcs.bucket.file('big')
    await file.save('text', { preconditionOpts: { ifGenerationMatch: 0 } })
    expect((await stored()).toString()).toBe('text')
  })
})

test('requests of one upload wait for each other', async () => {
  const bytes = randomBytes(512 * KIB)
  const url = await start()
  const sent = request(url, {
    method: 'PUT',
    headers: { 'Content-Range': 'bytes 0-262143/*', 'Content-Length': 256 * KIB },
  })
  sent.write(bytes.subarray(0, 1000))
  await expect.poll(() => gcs.simulator.calls.at(-1)?.received).toBe(1000)
  const second = put(url, 'bytes 262144-524287/524288', bytes.subarray(256 * KIB))
  await expect.poll(() => countOf(gcs.simulator, 'uploads.write')).toBe(2)
  sent.end(bytes.subarray(1000, 256 * KIB))
  await once(sent, 'response')
  expect((await second).status).toBe(200)
  expect((await stored()).equals(bytes)).toBe(true)
})
