import { expect, describe, test } from 'vitest'

import { call, type Answer, type Call } from '../support/call.ts'
import { gcsSimulator, sendAndCut } from './gcs-simulator.ts'

const gcs = gcsSimulator()
const OBJECTS = '/storage/v1/b/first-bucket/o'
const UPLOAD = '/upload/storage/v1/b/first-bucket/o'

const api = async (path: string, options?: Call): Promise<Answer> => call(gcs.at(path), options)
const insert = async (query: string, body = 'text', headers = {}): Promise<Answer> =>
  api(`${UPLOAD}?uploadType=media&${query}`, { method: 'POST', body, headers })
const patch = async (path: string, body: object): Promise<Answer> =>
  api(path, { method: 'PATCH', body: JSON.stringify(body) })

/** The first of an error's details. */
function detail(answer: Answer): any {
  const { code, message, errors } = answer.json().error
  expect(code).toBe(answer.status)
  expect(errors[0].message).toBe(message)
  return errors[0]
}

test('bytes alone', async () => {
  const answer = await insert('name=a&contentEncoding=x', 'text', { 'Content-Type': 'text/css' })
  expect(answer.json()).toMatchObject({ name: 'a', contentType: 'text/css', contentEncoding: 'x', size: '4' })
  expect(answer.headers.etag).toBe(answer.json().etag)
  const bytes = await api(`/download${OBJECTS}/a?alt=media`)
  expect(bytes.body.toString()).toBe('text')
  expect(bytes.headers).toMatchObject({
    'content-type': 'text/css',
    'content-length': '4',
    'x-goog-generation': answer.json().generation,
    'x-goog-metageneration': '1',
    'x-goog-storage-class': 'STANDARD',
    'x-goog-stored-content-encoding': 'x',
    'x-goog-stored-content-length': '4',
    'last-modified': new Date(gcs.clock.now()).toUTCString(),
  })
  const link = new URL(answer.json().mediaLink)
  expect((await call(link)).body.toString()).toBe('text')
  const head = await call(link, { method: 'HEAD' })
  expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '4', 0])
})

test("the ETag is the provider's way to write two numbers", async () => {
  await insert('name=a')
  await patch(`${OBJECTS}/a`, {})
  const { generation, metageneration, etag } = (await api(`${OBJECTS}/a`)).json()
  expect([metageneration, etag]).toEqual(['2', expect.stringMatching(/^C.*EAI=$/)])
  const bytes = [...Buffer.from(etag, 'base64')].slice(1, -2)
  const number = bytes.reduceRight((sum, byte) => sum * 128n + BigInt(byte & 127), 0n)
  expect(`${number}`).toBe(generation)
})

test('parameters as other clients write them', async () => {
  await insert('name=a')
  // All that `Objects` of the client for Go sends.
  const go =
    'alt=json&delimiter=&endOffset=&filter=&includeFoldersAsPrefixes=false&includeTrailingDelimiter=false&matchGlob=&pageToken=' +
    '&prefix=&prettyPrint=false&projection=full&startOffset=&versions=false'
  expect((await api(`${OBJECTS}?${go}`)).json().items).toHaveLength(1)
  const buckets = await api('/storage/v1/b?alt=json&pageToken=&prefix=&prettyPrint=false&project=x&projection=full')
  expect(buckets.json().items).toHaveLength(1)
  // The client for Python writes booleans in its own way.
  const python = 'projection=noAcl&versions=True&includeTrailingDelimiter=True&softDeleted=False&prettyPrint=false'
  expect((await api(`${OBJECTS}?${python}`)).json().items).toHaveLength(1)
})

describe('preconditions', () => {
  let generation = 0
  const of = async (query: string): Promise<number> => {
    const { status } = await api(`${OBJECTS}/a?${query}`)
    return status
  }

  test('of a read', async () => {
    generation = Number((await insert('name=a')).json().generation)
    expect(await of(`ifGenerationMatch=${generation}&ifMetagenerationMatch=1`)).toBe(200)
    expect(await of(`ifGenerationMatch=${generation + 1}`)).toBe(412)
    expect(await of('ifGenerationMatch=0')).toBe(412)
    expect(await of('ifMetagenerationMatch=2')).toBe(412)
    expect(await of(`ifGenerationNotMatch=${generation}`)).toBe(304)
    expect(await of('ifGenerationNotMatch=0')).toBe(200)
    expect(await of('ifMetagenerationNotMatch=1')).toBe(304)
    expect(await of(`alt=media&ifGenerationNotMatch=${generation}`)).toBe(304)
    expect(await of(`generation=${generation}`)).toBe(200)
    expect(await of(`generation=${generation + 1}`)).toBe(404)
    expect(detail(await api(`${OBJECTS}/a?ifGenerationMatch=x`))).toMatchObject({
      reason: 'invalid',
      location: 'ifGenerationMatch',
      locationType: 'parameter',
    })
  })

  test('of a write', async () => {
    expect((await insert('name=a&ifGenerationNotMatch=0')).status).toBe(412)
    expect((await insert('name=a&ifMetagenerationMatch=1')).status).toBe(412)
    const first = await insert('name=a&ifGenerationMatch=0')
    expect(first.status).toBe(200)
    generation = Number(first.json().generation)
    const refused = await insert('name=a&ifGenerationMatch=0', 'other')
    expect(detail(refused)).toEqual({
      domain: 'global',
      reason: 'conditionNotMet',
      message: 'At least one of the pre-conditions you specified did not hold.',
      locationType: 'header',
      location: 'If-Match',
    })
    expect((await insert(`name=a&ifGenerationNotMatch=${generation}`)).status).toBe(412)
    const second = await insert(`name=a&ifGenerationMatch=${generation}`)
    expect(second.status).toBe(200)
    expect(Number(second.json().generation)).toBeGreaterThan(generation)
    expect((await insert(`name=a&ifGenerationMatch=${generation}`)).status).toBe(412)
  })

  test('of a delete', async () => {
    const remove = async (query: string): Promise<number> =>
      (await api(`${OBJECTS}/a?${query}`, { method: 'DELETE' })).status
    expect(await remove('')).toBe(404)
    generation = Number((await insert('name=a')).json().generation)
    expect(await remove(`ifGenerationMatch=${generation + 1}`)).toBe(412)
    expect(await remove(`ifGenerationNotMatch=${generation}`)).toBe(412)
    expect(await remove(`generation=${generation + 1}`)).toBe(404)
    expect(await remove(`ifGenerationMatch=${generation}`)).toBe(204)
    expect(await remove('')).toBe(404)
  })

  test('of what a copy reads', async () => {
    generation = Number((await insert('name=a')).json().generation)
    const copy = async (query: string): Promise<number> =>
      (await api(`${OBJECTS}/a/copyTo/b/first-bucket/o/b?${query}`, { method: 'POST' })).status
    expect(await copy('ifSourceGenerationMatch=1')).toBe(412)
    expect(await copy('sourceGeneration=1')).toBe(404)
    expect(await copy(`ifSourceGenerationMatch=${generation}&ifGenerationMatch=0`)).toBe(200)
    expect(await copy('ifGenerationMatch=0')).toBe(412)
  })

  test('of the components of a composition', async () => {
    await insert('name=a')
    const sourceObjects = [{ name: 'a', objectPreconditions: { ifGenerationMatch: '1' } }]
    const body = JSON.stringify({ sourceObjects })
    expect((await api(`${OBJECTS}/b/compose`, { method: 'POST', body })).status).toBe(412)
  })

  test('of a bucket', async () => {
    const of = async (query: string): Promise<number> => (await api(`/storage/v1/b/first-bucket?${query}`)).status
    expect(await of('ifMetagenerationMatch=1')).toBe(200)
    expect(await of('ifMetagenerationMatch=2')).toBe(412)
    expect(await of('ifMetagenerationNotMatch=1')).toBe(304)
  })
})

describe('metadata', () => {
  test('is replaced by an update', async () => {
    await insert('name=a', 'text', { 'Content-Type': 'text/css' })
    await patch(`${OBJECTS}/a`, { metadata: { one: '1' }, cacheControl: 'private' })
    const body = JSON.stringify({ metadata: { two: '2' }, size: '99', generation: '1' })
    const updated = (await api(`${OBJECTS}/a`, { method: 'PUT', body })).json()
    expect(updated).toMatchObject({ metadata: { two: '2' }, metageneration: '3', size: '4' })
    expect(updated).toMatchObject({ contentType: 'application/octet-stream' })
    expect(updated.cacheControl).toBeUndefined()
  })

  test.for([
    [{ metadata: { one: 1 } }, 'metadata.one'],
    [{ metadata: [] }, 'metadata'],
    [{ contentType: 1 }, 'contentType'],
    [{ temporaryHold: 'yes' }, 'temporaryHold'],
    [{ storageClass: 'FAST' }, 'storageClass'],
    [{ metadata: { one: 'x'.repeat(8190) } }, '8193 bytes'],
  ] as const)('%j is refused', async ([change, what]) => {
    await insert('name=a')
    const answer = await patch(`${OBJECTS}/a`, change)
    expect(detail(answer)).toMatchObject({ reason: 'invalid', message: expect.stringContaining(what) })
    expect((await api(`${OBJECTS}/a`)).json().metageneration).toBe('1')
  })

  test('names like those of every object do no harm', async () => {
    await insert('name=a')
    const body = '{"metadata":{"__proto__":"x","constructor":"y"}}'
    await api(`${OBJECTS}/a`, { method: 'PATCH', body })
    expect((await api(`${OBJECTS}/a`)).body.toString()).toContain('"__proto__":"x"')
  })
})

describe('mistakes', () => {
  test.for([
    ['POST', `${UPLOAD}?uploadType=media`, 'x', 400, 'required'],
    ['POST', `${UPLOAD}?name=a`, 'x', 400, 'required'],
    ['POST', `${UPLOAD}?uploadType=other&name=a`, 'x', 400, 'invalid'],
    ['POST', `${UPLOAD}?uploadType=multipart&name=a`, 'x', 400, 'invalid'],
    ['POST', `${UPLOAD}?uploadType=resumable&name=a`, 'not json', 400, 'parseError'],
    ['POST', `${UPLOAD}?uploadType=resumable&name=a`, '[1]', 400, 'invalid'],
    ['POST', `${UPLOAD}?uploadType=resumable&name=a`, '{"name":"b"}', 400, 'invalid'],
    ['POST', `${UPLOAD}?uploadType=resumable&name=a`, 'x'.repeat(1_100_000), 413, 'uploadTooLarge'],
    ['POST', `${UPLOAD}?uploadType=resumable&name=a`, '{"md5Hash":"x"}', 400, 'invalid'],
    ['GET', `${OBJECTS}/none`, '', 404, 'notFound'],
    ['GET', `${OBJECTS}/%ff`, '', 400, 'invalid'],
    ['GET', `${OBJECTS}?maxResults=0`, '', 400, 'invalid'],
    ['GET', `${OBJECTS}?maxResults=x`, '', 400, 'invalid'],
    ['GET', `${OBJECTS}?versions=x`, '', 400, 'invalid'],
    ['GET', `${OBJECTS}?matchGlob=x`, '', 400, 'notImplemented'],
    ['GET', `${OBJECTS}?pageToken=x`, '', 400, 'invalid'],
    ['GET', '/storage/v1/b', '', 400, 'required'],
    ['POST', '/storage/v1/b', '{"name":"abc"}', 400, 'required'],
    ['POST', '/storage/v1/b?project=x', '{}', 400, 'invalid'],
    ['POST', `${OBJECTS}/a/compose`, '{}', 400, 'invalid'],
    ['POST', `${OBJECTS}/a/compose`, '{"sourceObjects":[{}]}', 400, 'invalid'],
    ['POST', `${OBJECTS}/a`, '{}', 400, 'notImplemented'],
    ['GET', '/storage/v1/b/first-bucket/iam', '', 400, 'notImplemented'],
    ['POST', '/batch/storage/v1', '', 400, 'notImplemented'],
  ] as const)('%s %s is refused', async ([method, path, body, status, reason]) => {
    const answer = await api(path, { method, body })
    expect(answer.status).toBe(status)
    expect(detail(answer).reason).toBe(reason)
  })
})

describe('metadata and bytes in one body', () => {
  const type = 'multipart/related; boundary="a b"'
  const meta = '--a b\r\nContent-Type: application/json\r\n\r\n{"name":"a"}\r\n'
  const media = '--a b\r\nContent-Type: text/css\r\n\r\ntext\r\n'
  const related = async (body: string): Promise<Answer> =>
    api(`${UPLOAD}?uploadType=multipart`, { method: 'POST', body, headers: { 'Content-Type': type } })

  test('are taken apart', async () => {
    const answer = await related(`before\r\n${meta}${media}--a b--\r\nafter`)
    expect(answer.json()).toMatchObject({ name: 'a', contentType: 'text/css', size: '4' })
    expect(gcs.simulator.calls.at(-1)).toMatchObject({ operation: 'objects.insert', request: { name: 'a' } })
  })

  test.for([
    ['one part', `${meta}--a b--`],
    ['three parts', `${meta}${media}${media}--a b--`],
    ['no end', `${meta}${media}`],
    ['no part', '--a b--'],
    ['no boundary', 'text'],
    ['no good boundary', `${meta}${media}--a b!`],
    ['no good header', meta.replace('Content-Type:', 'Content Type:') + media],
  ])('with %s are refused, and nothing is stored', async ([, body]) => {
    const answer = await related(body!)
    expect(answer.status).toBe(400)
    expect(detail(answer).reason).toBe('invalid')
    expect((await api(`${OBJECTS}/a`)).status).toBe(404)
  })
})

test('an upload that is cut leaves nothing', async () => {
  const path = `${UPLOAD}?uploadType=media&name=a`
  await sendAndCut(gcs.simulator, gcs.at(path), 'POST', Buffer.alloc(100_000))
  expect((await api(`${OBJECTS}/a`)).status).toBe(404)
})
