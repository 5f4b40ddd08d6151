import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import { ContainerRegistry } from '@sidestep/core'
import { startOciRegistry, type OciRegistry } from '@sidestep/simulators'

import { OciImageBuilder } from '../../src/builder/oci-image-builder.ts'
import { RegistryClient } from '../../src/distribution/registry-client.ts'
import {
  builder,
  GLIBC,
  OFFICIAL,
  options,
  project,
  pushBase,
  readImage,
  recipe,
  registryAt,
  signal,
  type Project,
} from './support.ts'

let registry: OciRegistry
let base: string
let place: Project
beforeEach(async () => {
  registry = await startOciRegistry()
  onTestFinished(() => registry.close())
  await pushBase(
    { registry: registry.host, repository: 'library/node', tag: '24' },
    { layers: [GLIBC, { x: 'y' }], config: OFFICIAL },
  )
  base = `${registry.host}/library/node:24`
  place = await project()
  registry.clearRequests()
})

/** Blobs that were sent: not looked for, not mounted. */
function uploads(of: OciRegistry = registry): number {
  return of.requests.filter(
    ({ method, path, status }) => method === 'PUT' && path.includes('/blobs/') && status === 201,
  ).length
}

function mounts(): number {
  return registry.requests.filter(
    ({ method, path, status }) => method === 'POST' && path.includes('mount=') && status === 201,
  ).length
}

const to = (path = 'team'): ContainerRegistry<any> => registryAt(`${registry.host}/${path}`)

test('a first build mounts the base and sends code and config; a change of code sends one layer', async () => {
  const at = options(place, to())
  const first = await builder(base).build(await recipe(place, 'one'), at)
  expect(first.image).toMatch(new RegExp(`^${registry.host}/team/sidestep@sha256:[0-9a-f]{64}$`))
  expect(first.command).toEqual(['node', '/opt/sidestep/step.mjs'])
  expect([mounts(), uploads()]).toEqual([2, 2])
  const { manifest, config, files } = await readImage(first.image)
  expect(manifest.layers).toHaveLength(3)
  expect(config.rootfs.diff_ids).toHaveLength(3)
  expect(config.history).toHaveLength(3)
  expect(files).toEqual({ 'opt/sidestep/step.mjs': 'one' })
  expect(config.config).toMatchObject({ Env: expect.arrayContaining(['NODE_VERSION=24.21.0']) as string[] })

  registry.clearRequests()
  const second = await builder(base).build(await recipe(place, 'two'), at)
  expect(second.image).not.toBe(first.image)
  // The layer, and the config that names it.
  expect([mounts(), uploads()]).toEqual([0, 2])
  expect((await readImage(second.image)).files).toEqual({ 'opt/sidestep/step.mjs': 'two' })
})

test('the same is built once: again, from another home, and with another name of the base', async () => {
  const first = await builder(base).build(await recipe(place, 'one'), options(place, to()))
  registry.clearRequests()
  expect(await builder(base).build(await recipe(place, 'one'), options(place, to()))).toEqual(first)
  const other = await project()
  expect(await builder(base).build(await recipe(other, 'one'), options(other, to()))).toEqual(first)
  expect(uploads()).toBe(0)

  const elsewhere = await builder(base).build(await recipe(other, 'one'), options(other, to('other')))
  expect(elsewhere.image.split('@')[1]).toBe(first.image.split('@')[1])
  const anew = await builder(base).build(await recipe(other, 'one', { preventBuildReuse: true }), options(other, to()))
  expect(anew).toEqual(first)
})

test('many at once make it once', async () => {
  const built = await Promise.all(
    Array.from({ length: 5 }, async () => builder(base).build(await recipe(place, 'one'), options(place, to()))),
  )
  expect(new Set(built.map(({ image }) => image)).size).toBe(1)
  expect(uploads()).toBe(2)
})

test('a base of another registry is streamed through, once', async () => {
  await using target = await startOciRegistry()
  const at = options(place, registryAt(target.host))
  const { image } = await builder(base).build(await recipe(place, 'one'), at)
  expect(uploads(target)).toBe(4)
  expect((await readImage(image)).manifest.layers).toHaveLength(3)
  target.clearRequests()
  await builder(base).build(await recipe(place, 'two'), at)
  expect(uploads(target)).toBe(2)
})

test.each(['noMounts', 'refuseMounts'] as const)('without mounts (%s) the base is sent', async (fault) => {
  registry.setFaults(fault === 'noMounts' ? { noMounts: true } : { refuseMounts: 403 })
  const { image } = await builder(base).build(await recipe(place, 'one'), options(place, to()))
  expect(uploads()).toBe(4)
  expect((await readImage(image)).files).toEqual({ 'opt/sidestep/step.mjs': 'one' })
})

test('throttling, cut uploads and cut connections are waited out', async () => {
  registry.setFaults({ throttle: 2, cutUploadsAt: [10], resets: 1 })
  const { image } = await builder(base).build(await recipe(place, 'one'), options(place, to()))
  registry.setFaults({})
  expect((await readImage(image)).files).toEqual({ 'opt/sidestep/step.mjs': 'one' })
})

test('a registry that has lost what it had is sent all of it again', async () => {
  const at = options(place, to())
  await builder(base).build(await recipe(place, 'one'), at)
  await registry.close()
  const port = Number(registry.host.split(':')[1])
  registry = await startOciRegistry({ port })
  await pushBase(
    { registry: registry.host, repository: 'library/node', tag: '24' },
    { layers: [GLIBC, { x: 'y' }], config: OFFICIAL },
  )
  const { image } = await builder(base).build(await recipe(place, 'two'), at)
  expect((await readImage(image)).manifest.layers).toHaveLength(3)
  const again = await builder(base).build(await recipe(place, 'one'), at)
  expect((await readImage(again.image)).files).toEqual({ 'opt/sidestep/step.mjs': 'one' })
})

test('a wrong digest of the base is an error, and nothing is pushed', async () => {
  registry.setFaults({ wrongBytes: true })
  await expect(builder(base).build(await recipe(place, 'one'), options(place, to()))).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    kind: 'infra',
  })
  expect(uploads()).toBe(0)
})

test('an unknown base, an unknown platform, an unknown registry', async () => {
  const at = options(place, to())
  const unknown = builder(`${registry.host}/library/node:25`).build(await recipe(place, 'one'), at)
  await expect(unknown).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN', kind: 'config' })
  const arm = builder(base).build({ ...(await recipe(place, 'one')), platform: 'linux/arm64' }, at)
  await expect(arm).rejects.toMatchObject({
    code: 'IMAGE_INVALID',
    message: expect.stringContaining('linux/amd64') as string,
  })
  const none = builder(base).build(await recipe(place, 'one'), { ...at, registry: undefined })
  await expect(none).rejects.toMatchObject({ code: 'STACK_INVALID' })
  expect(uploads()).toBe(0)
})

test('a registry that wants repositories to be made first', async () => {
  const made: string[] = []
  class Own extends ContainerRegistry {
    static override readonly FLAVOR = 'own'
    override readonly uri: string = `${registry.host}/team`
    override async createRepository(name: string): Promise<void> {
      made.push(name)
      registry.createRepository(name)
    }
  }
  registry.setFaults({ unknownRepositories: true })
  const { image } = await builder(base).build(
    await recipe(place, 'one', { targetRepository: 'own' }),
    options(place, new Own({})),
  )
  expect(image).toContain('/team/own@')
  expect(made).toEqual(['team/own'])
})

test('a registry with a login of its own', async () => {
  await using guarded = await startOciRegistry({ auth: { kind: 'basic', username: 'ann', password: 'secret' } })
  class Own extends ContainerRegistry {
    static override readonly FLAVOR = 'own'
    override readonly uri: string = guarded.host
    override async login(): Promise<{ username: string; password: string }> {
      return { username: 'ann', password: 'secret' }
    }
  }
  const { image } = await builder(base).build(await recipe(place, 'one'), options(place, new Own({})))
  expect(image).toContain(`${guarded.host}/sidestep@`)
  await expect(
    builder(base).build(await recipe(place, 'one'), options(place, registryAt(guarded.host))),
  ).rejects.toMatchObject({ kind: 'auth' })
})

const anyText = expect.any(String) as string

describe('settings', () => {
  test('environment, user, workdir and files', async () => {
    await mkdir(join(place.folder, 'train/deep'), { recursive: true })
    await writeFile(join(place.folder, 'train/deep/a.py'), 'print(1)')
    await writeFile(join(place.folder, 'train/.env'), 'SECRET=1')
    const settings = { environment: { B: '2', A: '1' }, user: '1000:1000', workdir: '/srv', files: ['train/'] }
    const { image } = await builder(base).build(await recipe(place, 'one', settings), options(place, to()))
    const { config, files, layers } = await readImage(image)
    expect(config.config).toMatchObject({ User: '1000:1000', WorkingDir: '/srv' })
    expect(config.config['Env']).toEqual([...(OFFICIAL.Env ?? []), 'A=1', 'B=2'])
    expect(files).toEqual({ 'opt/sidestep/step.mjs': 'one' })
    expect(layers.at(-2)).toEqual([
      'srv/ 755 0',
      'srv/train/ 755 0',
      'srv/train/deep/ 755 0',
      'srv/train/deep/a.py 644 0 print(1)',
    ])

    await writeFile(join(place.folder, 'train/deep/a.py'), 'print(2)')
    const changed = await builder(base).build(await recipe(place, 'one', settings), options(place, to()))
    expect(changed.image).not.toBe(image)
    const rooted = await builder(base).build(await recipe(place, 'one', { files: ['train'] }), options(place, to()))
    expect((await readImage(rooted.image)).layers.at(-2)).toContain('opt/sidestep/files/train/deep/a.py 644 0 print(2)')
  })

  test('skipBuild is the parent image by its digest', async () => {
    const { image } = await builder('unused').build(
      await recipe(place, 'one', { skipBuild: true, parentImage: base }),
      options(place, to()),
    )
    expect(image).toMatch(new RegExp(`^${registry.host}/library/node@sha256:`))
    expect(uploads()).toBe(0)
  })

  test.each([
    [{ dockerfile: 'Dockerfile' }, 'docker.dockerfile needs the image builder docker'],
    [{ aptPackages: ['jq'], pipRequirements: ['numpy'] }, 'docker.aptPackages and docker.pipRequirements'],
    [{ workdir: 'here' }, 'no absolute path'],
    [{ workdir: '/x\ny' }, 'no absolute path'],
    [{ user: 'a b' }, 'no user'],
    [{ user: 'ann\n' }, 'no user'],
    [{ skipBuild: true }, 'there is none'],
    [{ files: ['package.json'], workdir: '/' }, 'the root of the image'],
    [{ environment: { 'A=B': '1' } }, 'no process can get'],
    [{ files: ['nope'] }, 'there is no'],
  ])('%j is refused', async (settings, message) => {
    const made = await recipe(place, 'one', settings)
    const at = options(place, to())
    const error = { code: 'IMAGE_INVALID', message: expect.stringContaining(message) as string, hint: anyText }
    await expect(builder(base).build(made, at)).rejects.toMatchObject(error)
    await expect(builder(base).plan(made, at)).rejects.toMatchObject(error)
    await expect(builder(base).environmentKey(made, at)).rejects.toMatchObject(error)
    expect(uploads()).toBe(0)
  })

  test.each([{ targetRepository: 'A/b' }, { targetRepository: 'a:1' }, { parentImage: 'A b' }])(
    '%j is refused without asking anybody',
    async (settings) => {
      const made = await recipe(place, 'one', settings)
      const at = options(place, to())
      for (const asked of [builder(base).build(made, at), builder(base).plan(made, at)]) {
        await expect(asked).rejects.toMatchObject({ code: 'CONFIG_INVALID', hint: anyText })
      }
      expect(registry.requests).toEqual([])
    },
  )
})

test('the key of the environment has the version of the Node.js that a base is given', async () => {
  const at = options(place, to())
  const key = async (nodeVersion: '22' | '24') =>
    new OciImageBuilder({ parentImage: base, nodeVersion }).environmentKey(await recipe(place, 'one'), at)
  expect(await key('22')).not.toBe(await key('24'))
  const planned = await builder(base).plan(await recipe(place, 'one'), at)
  const { manifest } = await readImage((await builder(base).build(await recipe(place, 'one'), at)).image)
  expect(planned[0]?.size).toBe(manifest.layers.slice(0, -1).reduce((sum, { size }) => sum + size, 0))
})

test('a base in Docker’s format stays one', async () => {
  await pushBase(
    { registry: registry.host, repository: 'old', tag: '1' },
    { layers: [GLIBC], config: OFFICIAL, docker: true },
  )
  const { image } = await builder(`${registry.host}/old:1`).build(await recipe(place, 'one'), options(place, to()))
  const { manifest } = await readImage(image)
  expect(manifest.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json')
  expect(manifest).not.toHaveProperty('annotations')
})

test('a plan lists what goes in; the key of the environment leaves the bundle out', async () => {
  await writeFile(join(place.folder, 'data.csv'), 'a,b\n')
  const at = options(place, to())
  const settings = { files: ['data.csv'] }
  const planned = await builder(base).plan(await recipe(place, 'one', settings), at)
  expect(planned.map(({ name, size }) => [name, size])).toEqual([
    ['base', expect.any(Number)],
    ['files', 4],
    ['code', 3],
  ])
  expect(uploads()).toBe(0)
  const key = async (code: string) => builder(base).environmentKey(await recipe(place, code, settings), at)
  const one = await key('one')
  expect(await key('two')).toBe(one)
  await writeFile(join(place.folder, 'data.csv'), 'c,d\n')
  expect(await key('one')).not.toBe(one)
})

test('an abort ends a build', async () => {
  registry.setFaults({ delayMs: 200 })
  const ending = new AbortController()
  const built = builder(base).build(await recipe(place, 'one'), { ...options(place, to()), signal: ending.signal })
  setTimeout(() => ending.abort(new Error('enough')), 300)
  await expect(built).rejects.toThrow('enough')
  registry.setFaults({})
  const client = new RegistryClient({ registry: registry.host })
  onTestFinished(() => client.close())
  const { image } = await builder(base).build(await recipe(place, 'one'), options(place, to()))
  expect(await client.repository('team/sidestep').manifest(image.split('@')[1] ?? '', { signal })).toBeDefined()
})
