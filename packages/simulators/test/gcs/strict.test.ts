import { describe, expect, test } from 'vitest'

import { call, type Answer, type Call } from '../support/call.ts'
import { errorOf, gcsSimulator } from './gcs-simulator.ts'

const gcs = gcsSimulator()
const OBJECTS = '/storage/v1/b/first-bucket/o'
const api = async (path: string, options?: Call): Promise<Answer> => call(gcs.at(path), options)
const save = async (name: string, text = 'text', metadata: Readonly<Record<string, unknown>> = {}): Promise<void> =>
  gcs.bucket.file(name).save(text, { resumable: false, metadata })

test('a disposition with any letters comes back; one that is no header is refused', async () => {
  await save('a', 'text', { contentDisposition: 'inline; filename="日本.txt"' })
  const { headers } = await api(`${OBJECTS}/a?alt=media`)
  const said = Buffer.from(headers['content-disposition'] ?? '', 'latin1').toString()
  expect(said).toBe('inline; filename="日本.txt"')
  expect((await gcs.bucket.file('a').download())[0].toString()).toBe('text')
  const error = await errorOf(gcs.bucket.file('a').setMetadata({ contentDisposition: 'a\nb' }))
  expect(error).toMatchObject({ code: 400, message: 'Invalid value for contentDisposition' })
})

describe('what would do nothing is refused', () => {
  test.for([
    ['a key of the client', { encryptionKey: Buffer.alloc(32) }, {}],
    ['a managed key', { kmsKeyName: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' }, {}],
    ['an ACL', {}, { predefinedAcl: 'publicRead' as const }],
    ['retention', {}, { metadata: { retention: { mode: 'Unlocked', retainUntilTime: '2030-01-01T00:00:00Z' } } }],
    ['a list of who may', {}, { metadata: { acl: [{ entity: 'allUsers', role: 'READER' }] } }],
  ] as const)('%s', async ([, file, options]) => {
    const saved = gcs.bucket.file('a', file).save('text', { resumable: false, ...options })
    expect(await errorOf(saved)).toMatchObject({ code: 400, message: /The simulator does not know/ })
    expect(await gcs.bucket.file('a').exists()).toEqual([false])
  })

  test('a key of the client for a download', async () => {
    await save('a')
    const read = gcs.bucket.file('a', { encryptionKey: Buffer.alloc(32) }).download()
    expect(await errorOf(read)).toMatchObject({ code: 400 })
  })

  test.for([
    ['objects', `${OBJECTS}/a`, { customTime: 'garbage' }],
    ['objects', `${OBJECTS}/a`, { storageClass: 'FOO' }],
    ['buckets', '/storage/v1/b/first-bucket', { storageClass: 'FOO' }],
  ] as const)('wrong values of %s: %s %o', async ([, path, body]) => {
    await save('a')
    expect((await api(path, { method: 'PATCH', body: JSON.stringify(body) })).status).toBe(400)
  })
})

test('an object has the storage class of its bucket, unless it says its own', async () => {
  const [bucket] = await gcs.storage.createBucket('cold-bucket', { storageClass: 'NEARLINE' })
  const classOf = async (name: string): Promise<unknown> => (await bucket.file(name).getMetadata())[0].storageClass
  await bucket.file('a').save('text', { resumable: false })
  await bucket.file('b').save('text', { resumable: true })
  await bucket.file('c').save('text', { resumable: false, metadata: { storageClass: 'STANDARD' } })
  await save('d')
  await gcs.bucket.file('d').copy(bucket.file('d'))
  await bucket.combine(['a', 'b'], 'e')
  await bucket.file('a').setMetadata({ metadata: { some: 'text' } })
  const found = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(classOf))
  expect(found).toEqual(['NEARLINE', 'NEARLINE', 'STANDARD', 'NEARLINE', 'NEARLINE'])
})

test.for(['temporaryHold', 'eventBasedHold'])('%s keeps an object as it is', async (hold) => {
  const file = gcs.bucket.file('a')
  await save('a', 'text', { [hold]: true })
  const held = { code: 403, message: expect.stringMatching(/'first-bucket\/a' is under active .* hold/) }
  expect(await errorOf(file.delete())).toMatchObject(held)
  expect(await errorOf(save('a', 'other'))).toMatchObject(held)
  await save('b')
  expect(await errorOf(gcs.bucket.file('b').copy(file))).toMatchObject(held)
  await file.setMetadata({ metadata: { some: 'text' } })
  expect((await file.download())[0].toString()).toBe('text')
  await file.setMetadata({ [hold]: false })
  await file.delete()
})

test('reads may depend on the ETag', async () => {
  await save('a')
  const { etag } = (await api(`${OBJECTS}/a`)).json()
  for (const path of [`${OBJECTS}/a`, `${OBJECTS}/a?alt=media`, `/download${OBJECTS}/a?alt=media`]) {
    const statusOf = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await api(path, { headers })).status
    expect(await statusOf({ 'If-Match': etag })).toBe(200)
    expect(await statusOf({ 'If-Match': `"x", "${etag}"` })).toBe(200)
    expect(await statusOf({ 'If-Match': 'bogus' })).toBe(412)
    expect(await statusOf({ 'If-None-Match': etag })).toBe(304)
    expect(await statusOf({ 'If-None-Match': 'bogus' })).toBe(200)
  }
  const bucket = '/storage/v1/b/first-bucket'
  const { etag: ofBucket } = (await api(bucket)).json()
  expect((await api(bucket, { headers: { 'If-None-Match': ofBucket } })).status).toBe(304)
  expect((await api(bucket, { headers: { 'If-Match': 'bogus' } })).status).toBe(412)
})
