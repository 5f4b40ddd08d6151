import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { RegistryClient, type Digest } from '@sidestep/images'

import { digestOf } from '../../src/distribution/digest.ts'
import { MEDIA_TYPES } from '../../src/distribution/media-types.ts'
import { blobOf, pushImageParts, read, signal } from './support/content.ts'
import { REGISTRIES, type TestRegistry } from './support/registries.ts'

describe.each(REGISTRIES)('with $name', ({ missing, start }) => {
  describe.skipIf(missing !== undefined)(`where it is there${missing === undefined ? '' : `: ${missing}`}`, () => {
    let registry: TestRegistry
    let client: RegistryClient
    beforeAll(async () => {
      registry = await start()
      client = new RegistryClient({ registry: registry.host, retryDelayMs: 10 })
    })
    afterAll(async () => {
      client.close()
      await registry[Symbol.asyncDispose]()
    })

    test('a blob is sent once and comes back', async () => {
      const repository = client.repository('team/a')
      const blob = blobOf()
      expect(await repository.hasBlob(blob.digest, { signal })).toBe(false)
      expect(await repository.putBlob(blob, { signal })).toBe('sent')
      expect(await repository.hasBlob(blob.digest, { signal })).toBe(true)
      expect(await repository.putBlob(blob, { signal })).toBe('there')
      expect(blob.opened).toBe(1)
      expect(Buffer.compare(await read(repository.blob(blob.digest, { signal })), blob.bytes)).toBe(0)
    })

    test('blobs of no byte and of many', async () => {
      const repository = client.repository('team/sizes')
      for (const size of [0, 1, 65_536, 20_000_000]) {
        const blob = blobOf(randomBytes(size))
        expect(await repository.putBlob(blob, { signal }), `${size}`).toBe('sent')
        expect((await read(repository.blob(blob.digest, { signal }))).byteLength).toBe(size)
      }
    })

    test('many blobs at once', async () => {
      const repository = client.repository('team/many')
      const blobs = Array.from({ length: 20 }, () => blobOf())
      const results = await Promise.all(blobs.map((blob) => repository.putBlob(blob, { signal })))
      expect(new Set(results)).toEqual(new Set(['sent']))
      const there = await Promise.all(blobs.map(({ digest }) => repository.hasBlob(digest, { signal })))
      expect(there.every(Boolean)).toBe(true)
    })

    test('a blob is mounted from another repository', async () => {
      const blob = blobOf()
      await client.repository('team/base').putBlob(blob, { signal })
      const repository = client.repository('team/mounted')
      expect(await repository.mountBlob(blob.digest, 'team/base', { signal })).toBe(true)
      expect(await repository.putBlob(blob, { signal })).toBe('there')
      expect(await repository.mountBlob(digestOf(randomBytes(9)), 'team/base', { signal })).toBe(false)
      expect(await repository.mountBlob(blob.digest, 'team/nowhere', { signal })).toBe(false)
    })

    test('a manifest by tag and by digest, exactly as it was put', async () => {
      const repository = client.repository('team/manifests')
      const manifest = await pushImageParts(repository)
      expect(await repository.manifest('v1', { signal })).toBe(undefined)
      const digest = await repository.putManifest('v1', manifest, { signal })
      expect(digest).toBe(digestOf(manifest.bytes))
      for (const reference of ['v1', digest]) {
        const found = await repository.manifest(reference, { signal })
        expect(found).toMatchObject({ digest, mediaType: MEDIA_TYPES.ociManifest })
        expect(Buffer.compare(found?.bytes ?? Buffer.of(), manifest.bytes)).toBe(0)
      }
      expect(await repository.putManifest(digest, manifest, { signal })).toBe(digest)
    })

    test('an index of manifests', async () => {
      const repository = client.repository('team/index')
      const manifest = await pushImageParts(repository)
      const digest = await repository.putManifest(digestOf(manifest.bytes), manifest, { signal })
      const entry = {
        mediaType: manifest.mediaType,
        digest,
        size: manifest.bytes.byteLength,
        platform: { os: 'linux', architecture: 'amd64' },
      }
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [entry] }),
      )
      await repository.putManifest('all', { mediaType: MEDIA_TYPES.ociIndex, bytes }, { signal })
      expect((await repository.manifest('all', { signal }))?.mediaType).toBe(MEDIA_TYPES.ociIndex)
    })

    test('a manifest whose blobs are missing is refused', async () => {
      const repository = client.repository('team/incomplete')
      const descriptor = { digest: digestOf(randomBytes(9)), size: 9 }
      const bytes = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MEDIA_TYPES.ociManifest,
          config: { mediaType: MEDIA_TYPES.ociConfig, ...descriptor },
          layers: [{ mediaType: MEDIA_TYPES.ociLayerGzip, ...descriptor }],
        }),
      )
      await expect(
        repository.putManifest('v1', { mediaType: MEDIA_TYPES.ociManifest, bytes }, { signal }),
      ).rejects.toMatchObject({
        code: 'IMAGE_INVALID',
        cause: { codes: expect.arrayContaining(['MANIFEST_BLOB_UNKNOWN']) as string[] },
      })
      await expect(
        repository.putManifest(descriptor.digest, { mediaType: MEDIA_TYPES.ociManifest, bytes }, { signal }),
      ).rejects.toThrow('has the digest')
    })

    test('what is not there', async () => {
      const nowhere = client.repository('team/nowhere')
      expect(await nowhere.manifest('v1', { signal })).toBe(undefined)
      const digest: Digest = digestOf(randomBytes(9))
      expect(await nowhere.hasBlob(digest, { signal })).toBe(false)
      await expect(nowhere.blob(digest, { signal })).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN', kind: 'config' })
    })

    test('a source that is not what it says', async () => {
      const repository = client.repository('team/changed')
      const blob = blobOf()
      for (const change of [{ digest: digestOf(randomBytes(9)) }, { size: 99_999 }, { size: 100_001 }]) {
        const other = { ...blob, ...change, open: () => blob.open() }
        await expect(repository.putBlob(other, { signal })).rejects.toThrow('something else')
        expect(await repository.hasBlob(other.digest, { signal })).toBe(false)
      }
      const unreadable = { ...blob, open: () => blob.open().destroy(new Error('disk on fire')) }
      await expect(repository.putBlob(unreadable, { signal })).rejects.toThrow('disk on fire')
      expect(await repository.putBlob(blob, { signal })).toBe('sent')
    })

    test('a copy within one registry takes no slot that it waits for', async () => {
      const blobs = Array.from({ length: 8 }, () => blobOf())
      const from = client.repository('team/from')
      await Promise.all(blobs.map((blob) => from.putBlob(blob, { signal })))
      const to = client.repository('team/to')
      const copies = blobs.map(({ digest, size }) =>
        to.putBlob({ digest, size, open: () => pour(from.blob(digest, { signal }), new PassThrough()) }, { signal }),
      )
      expect(new Set(await Promise.all(copies))).toEqual(new Set(['sent']))
    })

    test('an upload ends with its signal', async () => {
      const repository = client.repository('team/aborted')
      const controller = new AbortController()
      const blob = blobOf(randomBytes(5_000_000))
      const endless = {
        ...blob,
        open: () =>
          Readable.from(
            (async function* () {
              yield blob.bytes.subarray(0, 1_000_000)
              controller.abort(new Error('enough'))
              await new Promise(() => {})
            })(),
            { objectMode: false },
          ),
      }
      await expect(repository.putBlob(endless, { signal: controller.signal })).rejects.toThrow('enough')
      await expect(repository.manifest('x', { signal: controller.signal })).rejects.toThrow('enough')
      expect(await repository.putBlob(blob, { signal })).toBe('sent')
    })

    test('a download ends with its signal', async () => {
      const repository = client.repository('team/aborted')
      const blob = blobOf(randomBytes(20_000_000))
      await repository.putBlob(blob, { signal })
      for (let n = 0; n < 5; n++) {
        // One more than there are slots: each gives its own back.
        const controller = new AbortController()
        const stream = await repository.blob(blob.digest, { signal: controller.signal })
        controller.abort(new Error('enough'))
        await expect(stream.toArray()).rejects.toThrow('enough')
      }
    })
  })
})

function pour(
  from: ReturnType<ReturnType<RegistryClient['repository']>['blob']>,
  to: import('node:stream').PassThrough,
) {
  void from.then(
    (stream) => stream.on('error', (error) => to.destroy(error)).pipe(to),
    (error: Error) => to.destroy(error),
  )
  return to
}
