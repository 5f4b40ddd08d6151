import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'

import { startOciRegistry, type OciRegistry } from '../../src/index.ts'
import { call } from '../support/call.ts'
import { ACCEPT, digestOf, imageOf, Remote } from '../support/images.ts'

let registry: OciRegistry
let app: Remote
beforeEach(async () => {
  registry = await startOciRegistry()
  app = new Remote(registry.host, 'team/app')
})
afterEach(async () => registry.close())

const large = Buffer.alloc(1_000_000, 'large ')

test('throttles some requests, then goes on', async () => {
  registry.setFaults({ throttle: 2, retryAfter: 7 })
  for (let count = 0; count < 2; count += 1) {
    const refused = await app.call('tags/list')
    expect(refused).toMatchObject({ status: 429, code: 'TOOMANYREQUESTS', headers: { 'retry-after': '7' } })
  }
  expect((await app.push('layer')).status).toBe(201)
  registry.setFaults({ throttle: 1 })
  expect((await app.call('tags/list')).headers['retry-after']).toBe('0')
})

test('refuses everything, or what it is told to', async () => {
  registry.setFaults({ refuse: 503 })
  expect((await call(`http://${registry.host}/v2/`)).status).toBe(503)
  registry.setFaults({ failures: [{ method: 'PUT', path: /\/manifests\//, status: 500, times: 1 }] })
  await app.push('config')
  await app.push('layer')
  const manifest = imageOf('config', 'layer')
  expect((await app.putManifest('v1', manifest)).status).toBe(500)
  expect((await app.putManifest('v1', manifest)).status).toBe(201)
})

test('closes connections without an answer', async () => {
  registry.setFaults({ resets: 1 })
  await expect(app.call('tags/list')).rejects.toThrow(/socket hang up|ECONNRESET/)
  expect((await app.call('tags/list')).status).toBe(404)
  expect(registry.requests.map(({ status }) => status)).toEqual([0, 404])
})

test('answers late, and slowly', async () => {
  await app.push(large)
  registry.setFaults({ delayMs: 100 })
  const begun = performance.now()
  await call(`http://${registry.host}/v2/`)
  expect(performance.now() - begun).toBeGreaterThan(90)
  registry.setFaults({ bytesPerSecond: 5_000_000 })
  const download = performance.now()
  expect((await app.call(`blobs/${digestOf(large)}`)).body.equals(large)).toBe(true)
  expect(performance.now() - download).toBeGreaterThan(150)
  const upload = performance.now()
  expect((await app.push(Buffer.concat([large, large]))).status).toBe(201)
  expect(performance.now() - upload).toBeGreaterThan(350)
})

test('cuts an upload; what came before stays, and the upload can go on', async () => {
  registry.setFaults({ cutUploadsAt: [600_000] })
  const small = await app.push('small')
  expect(small.status).toBe(201)
  const location = await app.begin()
  const headers = { 'Content-Type': 'application/octet-stream' }
  await expect(app.at(location, { method: 'PATCH', body: large, headers })).rejects.toThrow()
  expect(registry.requests.at(-1)).toMatchObject({ method: 'PATCH', status: 0, received: 600_000 })
  const status = await app.at(location)
  expect(status).toMatchObject({ status: 204, headers: { range: '0-599999' } })
  const rest = await app.put(status.headers.location ?? '', large.subarray(600_000), digestOf(large))
  expect(rest.status).toBe(201)
  expect((await app.call(`blobs/${digestOf(large)}`)).body.equals(large)).toBe(true)
})

test('a client that dies leaves an upload behind, and no blob', async () => {
  const url = new URL(await app.begin(), app.base)
  url.searchParams.set('digest', digestOf(large))
  const dying = request(url, { method: 'PUT', headers: { 'Content-Length': large.length } })
  const dead = new Promise((resolve) => dying.on('error', resolve))
  dying.write(large.subarray(0, 1000))
  await expect.poll(() => registry.requests.at(-1)?.received).toBe(1000)
  dying.destroy()
  await dead
  expect((await app.call(`blobs/${digestOf(large)}`)).status).toBe(404)
  expect((await app.push(large)).status).toBe(201)
})

test('two requests do not write to one upload', async () => {
  const location = await app.begin()
  const first = request(new URL(location, app.base), { method: 'PATCH', headers: { 'Content-Length': 10 } })
  first.write('hello')
  await expect.poll(() => registry.requests.at(-1)?.received).toBe(5)
  expect((await app.at(location, { method: 'PATCH', body: 'other' })).status).toBe(409)
  first.end('world')
  const [response] = await once(first, 'response')
  response.resume()
  expect((await app.put(location, '', digestOf('helloworld'))).status).toBe(201)
})

test('cuts a download after exactly so many bytes', async () => {
  await app.push(large)
  registry.setFaults({ cutDownloadsAt: [300_000] })
  const path = `blobs/${digestOf(large)}`
  const cut = request(new URL(`/v2/team/app/${path}`, app.base)).end()
  const [response] = await once(cut, 'response')
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  await expect(once(response, 'end')).rejects.toThrow('aborted')
  const some = Buffer.concat(chunks)
  expect(some).toHaveLength(300_000)
  const rest = await app.call(path, { headers: { Range: 'bytes=300000-' } })
  expect(Buffer.concat([some, rest.body]).equals(large)).toBe(true)
})

test('does not mount: an upload begins, or an error', async () => {
  await new Remote(registry.host, 'base').push('layer')
  const mount = `blobs/uploads/?mount=${digestOf('layer')}&from=base`
  registry.setFaults({ noMounts: true })
  const instead = await app.call(mount, { method: 'POST' })
  expect(instead.status).toBe(202)
  expect((await app.put(instead.headers.location ?? '', 'layer')).status).toBe(201)
  registry.setFaults({ refuseMounts: 405 })
  expect((await app.call(mount, { method: 'POST' })).status).toBe(405)
  expect((await app.call('blobs/uploads/', { method: 'POST' })).status).toBe(202)
})

test('gives other bytes, and other digests', async () => {
  const manifest = await app.pushImage('v1', 'layer')
  registry.setFaults({ wrongBytes: true })
  for (const path of ['manifests/v1', `blobs/${digestOf('layer')}`]) {
    const wrong = await app.call(path, { headers: ACCEPT })
    const digest = path.endsWith('v1') ? digestOf(manifest) : digestOf('layer')
    expect(wrong.headers['docker-content-digest']).toBe(digest)
    expect(wrong.headers['content-length']).toBe(`${wrong.body.length}`)
    expect(digestOf(wrong.body)).not.toBe(digest)
  }
  registry.setFaults({ wrongDigests: true })
  const wrong = await app.call('manifests/v1')
  expect(wrong.body.toString()).toBe(manifest)
  expect(wrong.headers['docker-content-digest']).not.toBe(digestOf(manifest))
  registry.setFaults({})
  const right = await app.call('manifests/v1')
  expect([digestOf(right.body), right.headers['docker-content-digest']]).toEqual([
    digestOf(manifest),
    digestOf(manifest),
  ])
})

test('redirects blobs to a storage that wants no credentials', async () => {
  await app.push('layer')
  registry.setFaults({ redirectBlobs: true })
  const head = await app.call(`blobs/${digestOf('layer')}`, { method: 'HEAD' })
  expect(head.status).toBe(307)
  const { headers } = await app.call(`blobs/${digestOf('layer')}`)
  const location = headers.location ?? ''
  expect(new URL(location).host).not.toBe(registry.host)
  expect((await call(location)).body.toString()).toBe('layer')
  expect((await call(location, { headers: { Range: 'bytes=1-2' } })).body.toString()).toBe('ay')
  expect((await call(location, { headers: { Authorization: 'Bearer x' } })).status).toBe(400)
  expect((await call(new URL('/storage/guess', location))).status).toBe(403)
  expect(registry.requests.at(-2)).toMatchObject({ host: new URL(location).host, authorization: 'bearer', status: 400 })
})

test('faults strike the storage, too', async () => {
  await app.push('layer')
  const redirect = async (): Promise<string> => {
    const { headers } = await app.call(`blobs/${digestOf('layer')}`)
    return headers.location ?? ''
  }
  registry.setFaults({ redirectBlobs: true, failures: [{ path: /^\/storage\//, status: 503, times: 1 }] })
  expect((await call(await redirect())).status).toBe(503)
  const location = await redirect()
  expect((await call(location)).status).toBe(200)
  registry.setFaults({ throttle: 1, retryAfter: 3 })
  expect(await call(location)).toMatchObject({ status: 429, headers: { 'retry-after': '3' } })
  registry.setFaults({ resets: 1 })
  await expect(call(location)).rejects.toThrow(/socket hang up|ECONNRESET/)
  expect((await call(location)).body.toString()).toBe('layer')
})

test('has the habits of other registries', async () => {
  registry.setFaults({ createdOnPatch: true })
  const patched = await app.at(await app.begin(), { method: 'PATCH', body: 'layer' })
  expect(patched.status).toBe(201)
  expect((await app.put(patched.headers.location ?? '', '', digestOf('layer'))).status).toBe(201)

  registry.setFaults({ uploads: 'put' })
  expect((await app.at(await app.begin(), { method: 'PATCH', body: 'x' })).status).toBe(405)
  expect((await app.push('x')).status).toBe(201)

  registry.setFaults({ uploads: 'patch' })
  expect((await app.push('y')).status).toBe(400)
  const location = await app.begin()
  expect((await app.at(location, { method: 'PATCH', body: 'y' })).status).toBe(202)
  expect((await app.put(location, '', digestOf('y'))).status).toBe(201)

  registry.setFaults({ maxUploadBytes: 10 })
  expect((await app.push('12345678901')).status).toBe(413)
  const headers = { 'Transfer-Encoding': 'chunked' }
  expect((await app.at(await app.begin(), { method: 'PATCH', body: '12345678901', headers })).status).toBe(413)
  expect((await app.push('1234567890')).status).toBe(201)

  registry.setFaults({ absoluteLocations: true })
  expect(await app.begin()).toMatch(`http://${registry.host}/v2/team/app/blobs/uploads/`)
  registry.setFaults({})
  expect(await app.begin()).toMatch(/^\/v2\/team\/app\/blobs\/uploads\//)
})

test('knows only repositories that were made', async () => {
  registry.setFaults({ unknownRepositories: true })
  expect(await app.call('blobs/uploads/', { method: 'POST' })).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' })
  registry.createRepository('team/app')
  await app.pushImage('v1', 'layer')
  expect((await app.call('manifests/v1')).status).toBe(200)
  expect(() => registry.createRepository('Team')).toThrow('Team is no name of a repository')
})

test('logs what came and what went', async () => {
  await app.push('layer')
  registry.clearRequests()
  await app.call(`blobs/${digestOf('layer')}?x=1`, { headers: { Authorization: 'Basic eDp5' } })
  expect(registry.requests).toEqual([
    {
      method: 'GET',
      path: `/v2/team/app/blobs/${digestOf('layer')}?x=1`,
      host: registry.host,
      authorization: 'basic',
      status: 200,
      received: 0,
      sent: 5,
    },
  ])
})

test('large blobs lie in files, which are gone when it closes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulators-'))
  vi.stubEnv('TMPDIR', folder)
  const block = Buffer.alloc(1024 * 1024, 'block')
  const agent = new Agent({ keepAlive: true })
  const size = 300
  const memory = process.memoryUsage()
  const url = new URL(await app.begin(), app.base)
  const sending = request(url, { method: 'PATCH', agent, headers: { 'Content-Length': size * block.length } })
  const answered = once(sending, 'response')
  for (let count = 0; count < size; count += 1) if (!sending.write(block)) await once(sending, 'drain')
  sending.end()
  const [response] = await answered
  expect(response.statusCode).toBe(202)
  response.resume()
  agent.destroy()
  const after = process.memoryUsage()
  expect(after.heapUsed + after.arrayBuffers - memory.heapUsed - memory.arrayBuffers).toBeLessThan(150 * 1024 * 1024)
  expect(await readdir(folder)).toHaveLength(1)
  await registry.close()
  expect(await readdir(folder)).toEqual([])
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
  registry = await startOciRegistry()
})

test('what nobody can ask for leaves no file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulators-'))
  onTestFinished(async () => rm(folder, { recursive: true }))
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  const files = async (): Promise<readonly string[]> => {
    const [own = ''] = await readdir(folder)
    return readdir(join(folder, own))
  }
  const huge = Buffer.alloc(5 * 1024 * 1024, 'huge ')
  expect((await app.put(await app.begin(), huge, digestOf('else'))).status).toBe(400)
  expect(await files()).toEqual([])
  await app.push(huge)
  const [file] = await files()
  await app.push(huge)
  expect(await files()).toEqual([file])
  expect((await app.call(`blobs/${digestOf(huge)}`)).body.equals(huge)).toBe(true)
  await registry.close()
})

test('closes under way, and frees its port', async () => {
  registry.setFaults({ delayMs: 60_000 })
  const waiting = app.call('tags/list')
  await expect.poll(() => registry.requests.length).toBe(1)
  const { host } = registry
  const [closed] = await Promise.allSettled([registry.close(), expect(waiting).rejects.toThrow()])
  expect(closed.status).toBe('fulfilled')
  registry = await startOciRegistry({ port: Number(host.split(':')[1]) })
  expect(registry.host).toBe(host)
  await expect(startOciRegistry({ port: Number(host.split(':')[1]) })).rejects.toThrow('EADDRINUSE')
})

test('a connection serves on after an upload that was refused in its middle', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const began = performance.now()
  try {
    for (const faults of [{ uploads: 'patch' } as const, { maxUploadBytes: 70_000 }]) {
      registry.setFaults(faults)
      const url = `${await app.begin()}&digest=${digestOf(large)}`
      expect((await app.at(url, { method: 'PUT', body: large, agent })).status).toBeOneOf([400, 413])
      expect((await app.call('tags/list', { agent })).status).toBe(200)
    }
  } finally {
    agent.destroy()
  }
  // A server that does not read the rest would close it after five seconds without a request.
  expect(performance.now() - began).toBeLessThan(4_000)
})
