import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { randomBytes } from 'node:crypto'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { RegistryClient, type RepositoryClient } from '@sidestep/images'
import { startOciRegistry, type OciRegistry } from '@sidestep/simulators'

import { blobOf, pushImageParts, read, signal } from './support/content.ts'

let registry: OciRegistry
let client: RegistryClient
let repository: RepositoryClient

beforeEach(async () => {
  registry = await startOciRegistry()
  client = new RegistryClient({ registry: registry.host, retryDelayMs: 10, silenceMs: 2000 })
  repository = client.repository('team/a')
})
afterEach(async () => {
  client.close()
  await registry.close()
})

const methods = () => registry.requests.map(({ method }) => method)

test('a blob that is new is three requests', async () => {
  await repository.putBlob(blobOf(), { signal })
  expect(methods()).toEqual(['HEAD', 'POST', 'PUT'])
})

test('throttled and reset requests are made again', async () => {
  registry.setFaults({ throttle: 3 })
  expect(await repository.putBlob(blobOf(), { signal })).toBe('sent')
  registry.setFaults({ resets: 3 })
  expect(await repository.putBlob(blobOf(), { signal })).toBe('sent')
  registry.setFaults({ failures: [{ method: 'PUT', status: 503, times: 2 }] })
  const blob = blobOf()
  expect(await repository.putBlob(blob, { signal })).toBe('sent')
  expect(blob.opened).toBe(3)
})

test('Retry-After is waited for, unless it is for long', async () => {
  registry.setFaults({ throttle: 1, retryAfter: 1 })
  const begin = performance.now()
  await repository.hasBlob(blobOf().digest, { signal })
  expect(performance.now() - begin).toBeGreaterThan(990)
  registry.setFaults({ throttle: 1, retryAfter: 3600 })
  await expect(repository.hasBlob(blobOf().digest, { signal })).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    kind: 'infra',
    hint: expect.stringContaining('try again in 60 minutes') as string,
  })
})

test('uploads that are cut begin anew', async () => {
  registry.setFaults({ cutUploadsAt: [1000, 700_000] })
  const blob = blobOf(randomBytes(3_000_000))
  expect(await repository.putBlob(blob, { signal })).toBe('sent')
  expect(blob.opened).toBe(3)
  expect(Buffer.compare(await read(repository.blob(blob.digest, { signal })), blob.bytes)).toBe(0)
})

test('a download that is cut ends with an error, not early', async () => {
  const blob = blobOf(randomBytes(3_000_000))
  await repository.putBlob(blob, { signal })
  registry.setFaults({ cutDownloadsAt: [1_000_000] })
  await expect(read(repository.blob(blob.digest, { signal }))).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    kind: 'infra',
  })
  expect((await read(repository.blob(blob.digest, { signal }))).byteLength).toBe(3_000_000)
})

test('a copy whose source is cut begins anew', async () => {
  await using other = await startOciRegistry()
  const to = new RegistryClient({ registry: other.host, retryDelayMs: 10 })
  const blob = blobOf(randomBytes(3_000_000))
  await repository.putBlob(blob, { signal })
  registry.setFaults({ cutDownloadsAt: [1_000_000] })
  const open = () => {
    const through = new PassThrough()
    void repository
      .blob(blob.digest, { signal })
      .then((stream) => stream.on('error', (error) => through.destroy(error)).pipe(through))
    return through
  }
  expect(await to.repository('team/copy').putBlob({ digest: blob.digest, size: blob.size, open }, { signal })).toBe(
    'sent',
  )
  to.close()
})

test('wrong bytes are an error: manifests and blobs', async () => {
  const blob = blobOf()
  await repository.putBlob(blob, { signal })
  const digest = await repository.putManifest('v1', await pushImageParts(repository), { signal })
  registry.setFaults({ wrongBytes: true })
  await expect(read(repository.blob(blob.digest, { signal }))).rejects.toThrow('gives something else')
  for (const reference of ['v1', digest])
    await expect(repository.manifest(reference, { signal })).rejects.toThrow('gives something else')
  registry.setFaults({ wrongDigests: true })
  await expect(repository.putManifest('v2', await pushImageParts(repository), { signal })).rejects.toThrow(
    'stored something else',
  )
})

test('a registry without mounts, and one that fails on them', async () => {
  const blob = blobOf()
  await repository.putBlob(blob, { signal })
  const target = client.repository('team/b')
  registry.setFaults({ noMounts: true })
  expect(await target.mountBlob(blob.digest, 'team/a', { signal })).toBe(false)
  for (const status of [400, 401, 403, 404, 405, 500]) {
    registry.setFaults({ refuseMounts: status })
    expect(await target.mountBlob(blob.digest, 'team/a', { signal }), `${status}`).toBe(false)
  }
  registry.setFaults({ throttle: 1 })
  expect(await target.mountBlob(blob.digest, 'team/a', { signal })).toBe(true)
})

test('a registry that wants PATCH gets all in one, and is asked so from then on', async () => {
  for (const faults of [
    { uploads: 'patch' } as const,
    { uploads: 'patch', createdOnPatch: true, absoluteLocations: true } as const,
  ]) {
    registry.setFaults(faults)
    const fresh = new RegistryClient({ registry: registry.host, retryDelayMs: 10 })
    expect(await fresh.repository('team/a').putBlob(blobOf(randomBytes(8_000_000)), { signal })).toBe('sent')
    fresh.close()
  }
  await repository.putBlob(blobOf(), { signal })
  registry.clearRequests()
  await repository.putBlob(blobOf(randomBytes(1_000_000)), { signal })
  expect(methods()).toEqual(['HEAD', 'POST', 'PATCH', 'PUT'])
})

test('one that knows PUT only', async () => {
  registry.setFaults({ uploads: 'put', absoluteLocations: true })
  expect(await repository.putBlob(blobOf(randomBytes(1_000_000)), { signal })).toBe('sent')
})

test('too large for the registry is said by its answer', async () => {
  registry.setFaults({ maxUploadBytes: 50_000 })
  await expect(repository.putBlob(blobOf(), { signal })).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    kind: 'config',
    cause: { status: 413 },
  })
})

test('a repository that has to be created first', async () => {
  registry.setFaults({ unknownRepositories: true })
  await expect(repository.putBlob(blobOf(), { signal })).rejects.toMatchObject({
    code: 'IMAGE_UNKNOWN',
    kind: 'config',
    hint: expect.stringContaining('created before the first push') as string,
  })
  registry.createRepository('team/a')
  expect(await repository.putBlob(blobOf(), { signal })).toBe('sent')
})

test.each([
  [403, 'auth', 'REGISTRY_FAILED'],
  [401, 'auth', 'REGISTRY_FAILED'],
  [500, 'infra', 'REGISTRY_FAILED'],
  [418, 'config', 'REGISTRY_FAILED'],
])('a registry that answers %i', async (status, kind, code) => {
  registry.setFaults({ refuse: status })
  await expect(repository.manifest('v1', { signal })).rejects.toMatchObject({ code, kind, cause: { status } })
})

test('a registry that is not there, and one that never answers', async () => {
  const host = registry.host
  await registry.close()
  await expect(repository.manifest('v1', { signal })).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    kind: 'infra',
    message: expect.stringMatching(new RegExp(`Could not read ${host}/team/a:v1: .*ECONNREFUSED`)) as string,
  })
  let asked = 0
  const silent = createServer((socket) => {
    asked += 1
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const lines: string[] = []
  const report = (line: string): number => lines.push(line)
  const waiting = new RegistryClient({ registry: `127.0.0.1:${port}`, retryDelayMs: 1, silenceMs: 50, report })
  await expect(waiting.repository('team/a').manifest('v1', { signal })).rejects.toThrow('not a byte in 50 ms')
  expect(asked).toBe(3)
  expect(lines).toEqual([`127.0.0.1:${port} does not answer, trying again for up to 1 s (ETIMEDOUT)`])
  waiting.close()
  silent.close()
})

test('waiting for the next try ends with the signal', async () => {
  registry.setFaults({ throttle: 1, retryAfter: 30 })
  await expect(repository.manifest('v1', { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/)
})

test('one connection for one question after the other', async () => {
  let connections = 0
  const server = createHttpServer((incoming, outgoing) => {
    incoming.resume()
    if (incoming.method === 'HEAD')
      outgoing.writeHead(incoming.url?.includes('team/there') ? 200 : 404, { 'content-length': 1e9 }).end()
    else if (incoming.method === 'GET')
      outgoing.writeHead(incoming.url?.includes('team/there') ? 200 : 404).end('{"errors":[]}')
    else outgoing.writeHead(incoming.method === 'PUT' ? 201 : 202, { location: '/upload' }).end()
  })
  server.on('connection', () => (connections += 1)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const kept = new RegistryClient({ registry: `127.0.0.1:${(server.address() as AddressInfo).port}` })
  for (let n = 0; n < 5; n++) {
    expect(await kept.repository('team/there').hasBlob(blobOf().digest, { signal })).toBe(true)
    expect(await kept.repository('team/a').manifest('v1', { signal })).toBe(undefined)
    expect(await kept.repository('team/there').manifest('v1', { signal })).toBeDefined()
    expect(await kept.repository('team/a').mountBlob(blobOf().digest, 'team/b', { signal })).toBe(false)
    expect(await kept.repository('team/a').putBlob(blobOf(), { signal })).toBe('sent')
    await kept.repository('team/a').putManifest('v1', { mediaType: 'x/y', bytes: Buffer.from('{}') }, { signal })
  }
  expect(connections).toBe(1)
  kept.close()
  server.close()
})
