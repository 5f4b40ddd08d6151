import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { ContainerRegistry } from '@sidestep/core'
import { startOciRegistry, type OciRegistry, type OciRegistryOptions } from '@sidestep/simulators'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

import {
  filesAbove,
  builder,
  GLIBC,
  OFFICIAL,
  options,
  project,
  pushBase,
  readImage,
  recipe,
  registryAt,
  type Project,
} from './support.ts'

let place: Project
beforeEach(async () => {
  place = await project()
})

async function start(options: OciRegistryOptions = {}): Promise<OciRegistry> {
  const registry = await startOciRegistry(options)
  onTestFinished(() => registry.close())
  return registry
}

async function withBase(): Promise<{ registry: OciRegistry; base: string }> {
  const registry = await start()
  const layers = [GLIBC, { x: randomBytes(200_000) }]
  await pushBase({ registry: registry.host, repository: 'node', tag: '24' }, { layers, config: OFFICIAL })
  registry.clearRequests()
  return { registry, base: `${registry.host}/node:24` }
}

test.each([
  ['PUT only', { uploads: 'put' }],
  [
    'PATCH only, answered by 201, absolute locations',
    { uploads: 'patch', createdOnPatch: true, absoluteLocations: true },
  ],
  ['mounts that fail', { refuseMounts: 500 }],
  ['mounts that are forbidden, blobs at a storage', { refuseMounts: 401, redirectBlobs: true }],
  [
    'connections that break, now and then',
    { cutUploadsAt: [50, 1000, 100_000], cutDownloadsAt: [10, 100_000], resets: 2 },
  ],
  ['too many requests', { throttle: 1, retryAfter: 1 }],
  ['a slow line', { delayMs: 15, bytesPerSecond: 2_000_000 }],
  [
    'a busy server',
    {
      failures: [
        { method: 'PUT', status: 503, times: 2 },
        { method: 'POST', status: 502, times: 1 },
      ],
    },
  ],
] as const)(
  '%s: the same image, in the same and in another registry',
  async (_, faults) => {
    const { registry, base } = await withBase()
    const target = await start()
    registry.setFaults(faults)
    const here = await builder(base).build(await recipe(place, 'one'), options(place, registryAt(registry.host)))
    target.setFaults(faults)
    const there = await builder(base).build(await recipe(place, 'one'), options(place, registryAt(target.host)))
    registry.setFaults({})
    target.setFaults({})
    expect(there.image.split('@')[1]).toBe(here.image.split('@')[1])
    for (const { image } of [here, there])
      expect((await readImage(image)).files).toEqual({ 'opt/sidestep/step.mjs': 'one' })
  },
  30_000,
)

test('a mount that fails is not waited for', async () => {
  const { registry, base } = await withBase()
  registry.setFaults({ refuseMounts: 500 })
  await builder(base).build(await recipe(place, 'one'), options(place, registryAt(registry.host)))
  expect(registry.requests.filter(({ path }) => path.includes('mount='))).toHaveLength(2)
})

test('a blob that was deleted since is sent again', async () => {
  const { registry, base } = await withBase()
  const at = options(place, registryAt(registry.host))
  const { manifest } = await readImage((await builder(base).build(await recipe(place, 'one'), at)).image)
  for (const { digest } of manifest.layers)
    expect((await fetch(`http://${registry.host}/v2/sidestep/blobs/${digest}`, { method: 'DELETE' })).status).toBe(202)
  const { image } = await builder(base).build(await recipe(place, 'two'), at)
  expect((await readImage(image)).files).toEqual({ 'opt/sidestep/step.mjs': 'two' })
})

test('a refusal of the manifest that does not say why is answered with all checks, once', async () => {
  const { registry, base } = await withBase()
  const at = options(place, registryAt(registry.host))
  await builder(base).build(await recipe(place, 'one'), at)
  registry.clearRequests()
  registry.setFaults({ failures: [{ method: 'PUT', path: /manifests/u, status: 404 }] })
  await expect(builder(base).build(await recipe(place, 'two'), at)).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' })
  const puts = registry.requests.filter(({ method, path }) => method === 'PUT' && path.includes('manifests'))
  expect(puts).toHaveLength(2)
})

test('tokens that end in the middle, and one for both sides of a mount', async () => {
  const guarded = await start({ auth: { kind: 'bearer', username: 'ann', password: 'secret', tokenSeconds: 1 } })
  class Own extends ContainerRegistry {
    static override readonly FLAVOR = 'own'
    override readonly uri: string = guarded.host
    override async login(): Promise<{ username: string; password: string }> {
      return { username: 'ann', password: 'secret' }
    }
  }
  const { base } = await withBase()
  const to = new Own({})
  const first = await builder(base).build(await recipe(place, 'one', { targetRepository: 'a' }), options(place, to))
  // The image becomes a base in the guarded registry, and the next one mounts from it.
  guarded.clearRequests()
  await writeFile(join(place.folder, 'data'), randomBytes(400_000))
  guarded.setFaults({ bytesPerSecond: 200_000, delayMs: 50 })
  const settings = { targetRepository: 'b', parentImage: first.image, files: ['data'] }
  const { image } = await builder('unused').build(await recipe(place, 'two', settings), options(place, to))
  expect(image).toContain(`${guarded.host}/b@sha256:`)
  const mounts = guarded.requests.filter(({ method, path }) => method === 'POST' && path.includes('mount='))
  expect(mounts.filter(({ status }) => status === 201)).toHaveLength(3)
  const tokens = guarded.requests.filter(({ path }) => path.startsWith('/token'))
  expect(tokens.some(({ path }) => new URL(path, 'http://x').searchParams.getAll('scope').length === 2)).toBe(true)
  expect(tokens.length).toBeGreaterThan(2)
}, 30_000)

test('a registry that dies in the middle, and is empty when it is back, gets all of it', async () => {
  const { base } = await withBase()
  await writeFile(join(place.folder, 'data'), randomBytes(3_000_000))
  const dying = await startOciRegistry()
  dying.setFaults({ bytesPerSecond: 2_000_000 })
  const building = builder(base).build(
    await recipe(place, 'one', { files: ['data'] }),
    options(place, registryAt(dying.host)),
  )
  while (!dying.requests.some(({ method, received }) => method === 'PUT' && received > 100_000)) await setTimeout(10)
  await dying.close()
  await setTimeout(100)
  await start({ port: Number(dying.host.split(':')[1]) })
  const read = await readImage((await building).image)
  expect(filesAbove(read, 2)).toEqual(['opt/sidestep/files/data', 'opt/sidestep/step.mjs'])
}, 60_000)
