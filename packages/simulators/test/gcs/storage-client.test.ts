import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

import { CRC32C, type CreateBucketRequest } from '@google-cloud/storage'
import { describe, expect, test } from 'vitest'

import { countOf, errorOf, gcsSimulator, randomBytes } from './gcs-simulator.ts'

const gcs = gcsSimulator()
const crc32cOf = (text: string): string => {
  const crc32c = new CRC32C()
  crc32c.update(Buffer.from(text))
  return crc32c.toString()
}

describe('uploads', () => {
  test.for([true, false])('of bytes at once, resumable %s', async (resumable) => {
    const file = gcs.bucket.file('folder/text ü+.txt')
    await file.save('some text', { resumable, metadata: { metadata: { owner: 'me' }, cacheControl: 'no-store' } })
    const [bytes] = await file.download()
    expect(bytes.toString()).toBe('some text')
    const [metadata] = await file.getMetadata()
    const generation = Number(metadata.generation)
    expect(metadata).toMatchObject({
      kind: 'storage#object',
      id: `first-bucket/folder/text ü+.txt/${generation}`,
      name: 'folder/text ü+.txt',
      bucket: 'first-bucket',
      metageneration: '1',
      contentType: 'text/plain',
      cacheControl: 'no-store',
      storageClass: 'STANDARD',
      size: '9',
      md5Hash: createHash('md5').update('some text').digest('base64'),
      crc32c: crc32cOf('some text'),
      metadata: { owner: 'me' },
      timeCreated: new Date(gcs.clock.now()).toISOString(),
      updated: new Date(gcs.clock.now()).toISOString(),
    })
    expect(generation).toBeGreaterThanOrEqual(gcs.clock.now() * 1000)
    expect(countOf(gcs.simulator, 'objects.insert')).toBe(resumable ? 0 : 1)
    expect(countOf(gcs.simulator, 'uploads.write')).toBe(resumable ? 1 : 0)
  })

  test.for([true, false])('of nothing, resumable %s', async (resumable) => {
    const file = gcs.bucket.file('nothing')
    await file.save('', { resumable })
    const [metadata] = await file.getMetadata()
    expect(metadata).toMatchObject({ size: '0', crc32c: 'AAAAAA==', md5Hash: '1B2M2Y8AsgTpgAmY7PhCfg==' })
    expect((await file.download())[0]).toHaveLength(0)
  })

  test('of a file, and into a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sidestep-gcs-'))
    try {
      const content = randomBytes(700_000)
      await writeFile(join(folder, 'model.bin'), content)
      const [file] = await gcs.bucket.upload(join(folder, 'model.bin'), { validation: 'md5' })
      await file.download({ destination: join(folder, 'back.bin'), validation: 'md5' })
      expect((await readFile(join(folder, 'back.bin'))).equals(content)).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test.for([
    ['in one request', {}],
    ['in chunks', { chunkSize: 512 * 1024 }],
    ['without a session', { resumable: false }],
  ] as const)('of a stream of unknown length, %s', async ([, options]) => {
    const parts = Array.from({ length: 40 }, () => randomBytes(40_000))
    const file = gcs.bucket.file('stream')
    await pipeline(Readable.from(parts), file.createWriteStream(options))
    const bytes = await buffer(file.createReadStream())
    expect(bytes.equals(Buffer.concat(parts))).toBe(true)
  })

  test('of an empty stream in chunks', async () => {
    const file = gcs.bucket.file('empty')
    await pipeline(Readable.from([]), file.createWriteStream({ chunkSize: 256 * 1024 }))
    expect((await file.getMetadata())[0].size).toBe('0')
  })

  test('zipped ones come unzipped, or zipped to whom can unzip', async () => {
    const file = gcs.bucket.file('log.txt')
    await file.save('many lines', { gzip: true, resumable: false })
    expect((await file.getMetadata())[0].contentEncoding).toBe('gzip')
    expect((await file.download())[0].toString()).toBe('many lines')
    const url = gcs.at('/storage/v1/b/first-bucket/o/log.txt?alt=media')
    const unzipped = await fetch(url, { headers: { 'Accept-Encoding': 'identity' } })
    expect(unzipped.headers.get('content-encoding')).toBeNull()
    expect(unzipped.headers.get('x-goog-stored-content-encoding')).toBe('gzip')
    expect(await unzipped.text()).toBe('many lines')
  })

  test('what says that it is zipped and is not ends the connection', async () => {
    await gcs.bucket.file('lie').save('plain', { resumable: false, metadata: { contentEncoding: 'gzip' } })
    const url = gcs.at('/storage/v1/b/first-bucket/o/lie?alt=media')
    const answer = fetch(url, { headers: { 'Accept-Encoding': 'identity' } }).then(async (one) => one.text())
    await expect(answer).rejects.toThrow(TypeError)
  })
})

describe('hashes', () => {
  test.for([true, false])('that the client sends are enforced, resumable %s', async (resumable) => {
    const file = gcs.bucket.file('a')
    const wrong = { metadata: { crc32c: 'AAAAAA==', md5Hash: '1B2M2Y8AsgTpgAmY7PhCfg==' } }
    const error = await errorOf(file.save('text', { resumable, ...wrong }))
    // The SDK makes its own error of an answer to a resumable upload.
    const text = resumable ? JSON.stringify(error.errors) : error.message
    expect(text).toContain("doesn't match calculated CRC32C")
    expect(text).toContain("doesn't match calculated MD5")
    expect(error.code).toBe(400)
    expect((await file.exists())[0]).toBe(false)
  })

  test('right ones pass', async () => {
    const md5Hash = createHash('md5').update('text').digest('base64')
    await gcs.bucket.file('a').save('text', { resumable: false, metadata: { md5Hash } })
    expect((await gcs.bucket.file('a').getMetadata())[0].md5Hash).toBe(md5Hash)
  })

  test('are said with a download, for the SDK to compare', async () => {
    await gcs.bucket.file('a').save('text', { resumable: false })
    const answer = await fetch(gcs.at('/storage/v1/b/first-bucket/o/a?alt=media'))
    const md5 = createHash('md5').update('text').digest('base64')
    expect(answer.headers.get('x-goog-hash')).toBe(`crc32c=${crc32cOf('text')},md5=${md5}`)
    for (const validation of ['crc32c', 'md5'] as const) {
      expect((await gcs.bucket.file('a').download({ validation }))[0].toString()).toBe('text')
    }
  })
})

describe('downloads', () => {
  test.for([
    [{ start: 0, end: 3 }, '0123'],
    [{ start: 7 }, '789'],
    [{ start: 8, end: 100 }, '89'],
    [{ end: -2 }, '89'],
  ] as const)('of a range %j', async ([range, expected]) => {
    const file = gcs.bucket.file('digits')
    await file.save('0123456789', { resumable: false })
    expect((await file.download(range))[0].toString()).toBe(expected)
  })

  test('of bytes that are not there', async () => {
    const file = gcs.bucket.file('digits')
    await file.save('0123456789', { resumable: false })
    const error = await errorOf(file.download({ start: 10, end: 12 }))
    expect(error.code).toBe(416)
  })

  test('of an object that is not there', async () => {
    const error = await errorOf(gcs.bucket.file('none').download())
    expect(error).toMatchObject({ code: 404, message: 'No such object: first-bucket/none' })
  })

  test('of a version that was replaced while it was read', async () => {
    const file = gcs.bucket.file('a')
    const old = randomBytes(3_000_000)
    await file.save(old, { resumable: false })
    const stream = file.createReadStream()
    const chunks: Buffer[] = []
    for await (const chunk of stream) {
      if (chunks.length === 0) await gcs.bucket.file('a').save('new', { resumable: false })
      chunks.push(chunk as Buffer)
    }
    expect(Buffer.concat(chunks).equals(old)).toBe(true)
  })
})

describe('metadata', () => {
  test('is changed in part, and the bytes keep their generation', async () => {
    const file = gcs.bucket.file('a')
    await file.save('text', {
      resumable: false,
      metadata: { metadata: { one: '1', two: '2' }, cacheControl: 'private' },
    })
    const [before] = await file.getMetadata()
    await gcs.clock.advance(5000)
    await file.setMetadata({ cacheControl: null as any, metadata: { two: null, three: '3' }, contentType: 'text/css' })
    const [after] = await file.getMetadata()
    expect(after).toMatchObject({
      generation: before.generation,
      metageneration: '2',
      timeCreated: before.timeCreated,
      updated: new Date(gcs.clock.now()).toISOString(),
      metadata: { one: '1', three: '3' },
      contentType: 'text/css',
      md5Hash: before.md5Hash,
    })
    expect(after.cacheControl).toBeUndefined()
    expect(after.etag).not.toBe(before.etag)
    expect((await file.download())[0].toString()).toBe('text')
  })

  test('may depend on its generation', async () => {
    const file = gcs.bucket.file('a')
    await file.save('text', { resumable: false })
    await file.setMetadata({ contentType: 'text/css' }, { ifMetagenerationMatch: 1 })
    const error = await errorOf(file.setMetadata({ contentType: 'text/css' }, { ifMetagenerationMatch: 1 }))
    expect(error).toMatchObject({ code: 412, errors: [{ reason: 'conditionNotMet', domain: 'global' }] })
  })
})

describe('copies', () => {
  test('within a bucket and to another, with the metadata of the source', async () => {
    const [second] = await gcs.storage.createBucket('second-bucket')
    const file = gcs.bucket.file('a')
    await file.save('text', { resumable: false, contentType: 'text/css', metadata: { metadata: { one: '1' } } })
    const [copy] = await file.copy(second.file('b/c'))
    await file.delete()
    expect((await copy.download())[0].toString()).toBe('text')
    const [metadata] = await copy.getMetadata()
    expect(metadata).toMatchObject({ contentType: 'text/css', metadata: { one: '1' }, metageneration: '1' })
  })

  test('with metadata of their own', async () => {
    const file = gcs.bucket.file('a')
    await file.save('text', { resumable: false, contentType: 'text/css', metadata: { cacheControl: 'private' } })
    const [copy] = await file.copy('b', { contentType: 'text/html' })
    const [metadata] = await copy.getMetadata()
    expect(metadata.contentType).toBe('text/html')
    expect(metadata.cacheControl).toBeUndefined()
  })

  test('only to where nothing is', async () => {
    const file = gcs.bucket.file('a')
    await file.save('text', { resumable: false })
    await file.copy('b', { preconditionOpts: { ifGenerationMatch: 0 } })
    const error = await errorOf(file.copy('b', { preconditionOpts: { ifGenerationMatch: 0 } }))
    expect(error.code).toBe(412)
  })

  test('of what is not there', async () => {
    expect((await errorOf(gcs.bucket.file('none').copy('b'))).code).toBe(404)
  })

  test('a move', async () => {
    await gcs.bucket.file('a').save('text', { resumable: false })
    await gcs.bucket.file('a').move('b')
    const [files] = await gcs.bucket.getFiles()
    expect(files.map(({ name }) => name)).toEqual(['b'])
  })
})

describe('composition', () => {
  test('joins objects, which have no MD5 then', async () => {
    const parts = [randomBytes(1000), Buffer.alloc(0), randomBytes(70_000)]
    for (const [index, part] of parts.entries()) await gcs.bucket.file(`part${index}`).save(part, { resumable: false })
    const [whole] = await gcs.bucket.combine(['part0', 'part1', 'part2'], 'whole.txt')
    // The CRC32C is checked by the SDK.
    expect((await whole.download())[0].equals(Buffer.concat(parts))).toBe(true)
    const [metadata] = await whole.getMetadata()
    expect(metadata).toMatchObject({ componentCount: 3, contentType: 'text/plain' })
    expect(metadata.md5Hash).toBeUndefined()
    const [twice] = await gcs.bucket.combine(['whole.txt', 'whole.txt', 'part0'], 'twice')
    expect((await twice.getMetadata())[0]).toMatchObject({ componentCount: 7, size: `${2 * 71_000 + 1000}` })
  })

  test('of one that is not there', async () => {
    await gcs.bucket.file('a').save('text', { resumable: false })
    expect((await errorOf(gcs.bucket.combine(['a', 'none'], 'b'))).code).toBe(404)
  })

  test('of too many', async () => {
    await gcs.bucket.file('a').save('text', { resumable: false })
    const error = await errorOf(
      gcs.bucket.combine(
        Array.from({ length: 33 }, () => 'a'),
        'b',
      ),
    )
    expect(error).toMatchObject({ code: 400, errors: [{ reason: 'invalid' }] })
  })
})

describe('lists', () => {
  const names = ['a', 'a/1', 'a/2', 'b', 'dir/', 'dir/x', 'z/1/2', '\u{ff5e}', '\u{1f600}']
  const list = async (query: object): Promise<unknown> => {
    const [files, , answer] = await gcs.bucket.getFiles({ autoPaginate: false, ...query })
    const { prefixes, nextPageToken } = answer as { prefixes?: string[]; nextPageToken?: string }
    return { names: files.map(({ name }) => name), prefixes: prefixes ?? [], more: nextPageToken !== undefined }
  }

  test('show what is asked for, by the bytes of the names', async () => {
    for (const name of names) await gcs.bucket.file(name).save('', { resumable: false })
    expect(await list({})).toEqual({ names, prefixes: [], more: false })
    expect(await list({ prefix: 'a/' })).toMatchObject({ names: ['a/1', 'a/2'] })
    expect(await list({ delimiter: '/' })).toEqual({
      names: ['a', 'b', '\u{ff5e}', '\u{1f600}'],
      prefixes: ['a/', 'dir/', 'z/'],
      more: false,
    })
    expect(await list({ delimiter: '/', includeTrailingDelimiter: true, prefix: 'd' })).toMatchObject({
      names: ['dir/'],
      prefixes: ['dir/'],
    })
    expect(await list({ startOffset: 'b', endOffset: 'dir/x' })).toMatchObject({ names: ['b', 'dir/'] })
    expect(await list({ maxResults: 2 })).toEqual({ names: ['a', 'a/1'], prefixes: [], more: true })
    const [all] = await gcs.bucket.getFiles({ maxResults: 2, autoPaginate: true, versions: true })
    expect(all).toHaveLength(2)
    expect(await list({ prefix: 'none' })).toEqual({ names: [], prefixes: [], more: false })
  })

  test('come in pages, which the SDK puts together', async () => {
    for (let index = 0; index < 25; index += 1) {
      await gcs.bucket.file(`x${String(index).padStart(2, '0')}/y`).save('', { resumable: false })
    }
    const seen: string[] = []
    let pages = 0
    for (let query: object | null = { maxResults: 4, delimiter: '/' }; query !== null; pages += 1) {
      const [, next, answer] = await gcs.bucket.getFiles({ autoPaginate: false, ...query })
      seen.push(...((answer as { prefixes?: string[] }).prefixes ?? []))
      query = next as object | null
    }
    expect(pages).toBe(7)
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `x${String(index).padStart(2, '0')}/`))
    gcs.simulator.clearCalls()
    const [files] = await gcs.bucket.getFiles()
    expect(files).toHaveLength(25)
  })

  test('a page that ends between a folder and the object of its name loses neither', async () => {
    for (const name of ['dir/', 'dir/x']) await gcs.bucket.file(name).save('', { resumable: false })
    const query = { delimiter: '/', includeTrailingDelimiter: true, maxResults: 1 }
    expect(await list(query)).toEqual({ names: [], prefixes: ['dir/'], more: true })
    const [, next] = await gcs.bucket.getFiles({ autoPaginate: false, ...query })
    expect(await list(next as object)).toEqual({ names: ['dir/'], prefixes: [], more: false })
  })

  test('may be stale', async () => {
    await gcs.bucket.file('a').save('', { resumable: false })
    gcs.simulator.addFaults({ operation: 'gcs.objects.list', kind: 'stale-list', delayMs: 5000 })
    await gcs.clock.advance(1000)
    expect((await gcs.bucket.getFiles())[0]).toHaveLength(0)
    expect((await gcs.bucket.getFiles())[0]).toHaveLength(1)
  })

  test('a token of another list is refused', async () => {
    for (const name of names) await gcs.bucket.file(name).save('', { resumable: false })
    const [, next] = await gcs.bucket.getFiles({ autoPaginate: false, maxResults: 1 })
    const error = await errorOf(gcs.bucket.getFiles({ ...(next as object), prefix: 'b', autoPaginate: false }))
    expect(error).toMatchObject({ code: 400, errors: [{ reason: 'invalid', location: 'pageToken' }] })
  })
})

describe('buckets', () => {
  test('come and go', async () => {
    const [bucket] = await gcs.storage.createBucket('third', {
      location: 'eu',
      labels: { team: 'ml' },
    } as CreateBucketRequest)
    const [metadata] = await bucket.getMetadata()
    expect(metadata).toMatchObject({ name: 'third', location: 'EU', labels: { team: 'ml' }, metageneration: '1' })
    const [buckets] = await gcs.storage.getBuckets({ prefix: 'th' })
    expect(buckets.map(({ name }) => name)).toEqual(['third'])
    expect((await gcs.storage.getBuckets({ maxResults: 1 }))[0]).toHaveLength(1)
    await bucket.setMetadata({ labels: { team: 'web' } })
    expect((await bucket.getMetadata())[0]).toMatchObject({ labels: { team: 'web' }, metageneration: '2' })
    await bucket.delete()
    expect((await bucket.exists())[0]).toBe(false)
    expect((await errorOf(bucket.delete())).code).toBe(404)
  })

  test('cannot come twice', async () => {
    const error = await errorOf(gcs.storage.createBucket('first-bucket'))
    expect(error).toMatchObject({ code: 409, errors: [{ reason: 'conflict' }] })
  })

  test('go only when they are empty', async () => {
    await gcs.bucket.file('a').save('', { resumable: false })
    const error = await errorOf(gcs.bucket.delete())
    expect(error).toMatchObject({ code: 409, message: 'The bucket you tried to delete is not empty.' })
    await gcs.bucket.deleteFiles()
    await gcs.bucket.delete()
  })

  test('that are not there are said so everywhere', async () => {
    const none = gcs.storage.bucket('none')
    await gcs.bucket.file('a').save('x', { resumable: false })
    for (const call of [
      async () => none.getMetadata(),
      async () => none.getFiles(),
      async () => none.file('a').getMetadata(),
      async () => none.file('a').download(),
      async () => none.file('a').delete(),
      async () => none.file('a').save('x', { resumable: false }),
      async () => gcs.bucket.file('a').copy(none.file('b')),
    ]) {
      expect(await errorOf(call())).toMatchObject({ code: 404, message: 'The specified bucket does not exist.' })
    }
    expect((await errorOf(none.file('a').save('x', { resumable: true }))).message).toContain('bucket does not exist')
  })

  test('settings that would do nothing are refused', async () => {
    const error = await errorOf(gcs.bucket.setMetadata({ versioning: { enabled: true } }))
    expect(error).toMatchObject({ code: 400, message: 'The simulator does not know the bucket setting versioning.' })
  })

  test.for(['UPPER', 'ab', 'a'.repeat(64), '-ab', 'goog-x', 'my-google-x', '10.0.0.1', 'a..b'])(
    'cannot be called %s',
    async (name) => {
      const error = await errorOf(gcs.storage.createBucket(name))
      expect(error).toMatchObject({ code: 400, message: `Invalid bucket name: '${name}'` })
    },
  )
})

describe('names of objects', () => {
  test.for(['x'.repeat(1025), 'ü'.repeat(513), 'a\nb', '.'])('cannot be %j', async (name) => {
    const error = await errorOf(gcs.bucket.file(name).save('x', { resumable: false }))
    expect(error).toMatchObject({ code: 400, errors: [{ reason: 'invalid' }] })
  })

  test.for(['x'.repeat(1024), 'a//b/', ' %2F?#&+', '../..', '日本語/😀', '\\', '*'])('can be %j', async (name) => {
    const file = gcs.bucket.file(name)
    await file.save('x', { resumable: false })
    expect((await file.download())[0].toString()).toBe('x')
    expect((await gcs.bucket.getFiles())[0].map((one) => one.name)).toEqual([name])
    await file.delete()
    expect((await file.exists())[0]).toBe(false)
  })
})

describe('put if absent', () => {
  test.for([true, false])('of 50 clients one wins, resumable %s', async (resumable) => {
    const puts = Array.from({ length: 50 }, async (_, index) =>
      gcs
        .client()
        .bucket('first-bucket')
        .file('owner')
        .save(`client ${index}`, { resumable, preconditionOpts: { ifGenerationMatch: 0 } })
        .then(
          () => index,
          (error: { code: unknown }) => {
            expect(error.code).toBe(412)
            return undefined
          },
        ),
    )
    const winners = (await Promise.all(puts)).filter((index) => index !== undefined)
    expect(winners).toHaveLength(1)
    expect((await gcs.bucket.file('owner').download())[0].toString()).toBe(`client ${winners[0]}`)
  })

  test('a put whose answer was lost is done, and told again as a failed precondition', async () => {
    gcs.simulator.addFaults({ operation: 'gcs.objects.insert', kind: 'reset-after' })
    const file = gcs.bucket.file('owner')
    const put = file.save('me', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } })
    expect((await errorOf(put)).code).toBe(412)
    expect((await file.download())[0].toString()).toBe('me')
  })
})

describe('faults', () => {
  const put = async (): Promise<void> => gcs.bucket.file('a').save('x', { resumable: false })

  test.for([
    ['throttle', 429, 'rateLimitExceeded'],
    ['server-error', 503, 'backendError'],
    ['expired-token', 401, 'authError'],
    ['capacity', 503, 'backendError'],
  ] as const)('%s', async ([kind, code, reason]) => {
    gcs.simulator.addFaults({ operation: 'gcs.buckets.get', kind })
    const storage = gcs.client({ retryOptions: { autoRetry: false } })
    const error = await errorOf(storage.bucket('first-bucket').getMetadata())
    expect(error).toMatchObject({ code, errors: [{ reason }] })
  })

  test('the SDK tries again what may pass', async () => {
    await put()
    gcs.simulator.addFaults(
      { operation: 'gcs.objects.get', kind: 'throttle' },
      { operation: 'gcs.objects.get', kind: 'reset-before' },
    )
    await gcs.bucket.file('a').getMetadata()
    expect(countOf(gcs.simulator, 'objects.get')).toBe(3)
  })
})

describe('credentials', () => {
  test('are not needed, and the SDK sends none', async () => {
    await gcs.bucket.getFiles()
    const bare = await fetch(gcs.at('/storage/v1/b?project=x'))
    expect(bare.status).toBe(200)
  })

  test.for([
    ['Bearer token', 200],
    ['Bearer', 401],
    ['Basic abc', 401],
  ] as const)('%s is answered with %i', async ([authorization, status]) => {
    const answer = await fetch(gcs.at('/storage/v1/b?project=x'), { headers: { authorization } })
    expect(answer.status).toBe(status)
  })
})
