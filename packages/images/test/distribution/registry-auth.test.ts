import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { RegistryClient, type Login } from '@sidestep/images'
import { noDockerRegistry, startDockerRegistry } from '@sidestep/containers/registry'
import { startOciRegistry, type OciRegistry, type OciRegistryOptions } from '@sidestep/simulators'

import { blobOf, pushImageParts, signal } from './support/content.ts'

const ANN = { username: 'ann', password: 'secret' }
let folder: string
let cleanUps: (() => unknown)[]

beforeEach(async () => {
  cleanUps = []
  folder = await mkdtemp(join(tmpdir(), 'registry-auth-'))
  vi.stubEnv('DOCKER_CONFIG', folder)
})
afterEach(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

function used<T extends AsyncDisposable>(resource: T): T {
  cleanUps.push(() => resource[Symbol.asyncDispose]())
  return resource
}

async function start(auth: NonNullable<OciRegistryOptions['auth']>): Promise<OciRegistry> {
  return used(await startOciRegistry({ auth }))
}

function clientOf({ host }: { host: string }, login?: () => Promise<Login | undefined>): RegistryClient {
  const client = new RegistryClient({ registry: host, retryDelayMs: 10, ...(login && { login }) })
  cleanUps.push(() => client.close())
  return client
}

const tokens = (registry: OciRegistry) => registry.requests.filter(({ path }) => path.startsWith('/token'))

test('bearer: one token for all that wait, one login', async () => {
  const registry = await start({ kind: 'bearer', ...ANN })
  const login = vi.fn<() => Promise<Login>>(async () => ANN)
  const repository = clientOf(registry, login).repository('team/a', { push: true })
  await Promise.all(Array.from({ length: 8 }, () => repository.putBlob(blobOf(), { signal })))
  await repository.putManifest('v1', await pushImageParts(repository), { signal })
  await repository.manifest('v1', { signal })
  expect(login).toHaveBeenCalledTimes(1)
  expect(tokens(registry).map(({ path }) => decodeURIComponent(path))).toEqual([
    '/token?service=oci-registry&scope=repository:team/a:pull,push',
  ])
})

test('bearer: reading asks for no more than that, a mount for both repositories in one token', async () => {
  const registry = await start({ kind: 'bearer', ...ANN })
  const client = clientOf(registry, async () => ANN)
  const blob = blobOf()
  await client.repository('team/base').putBlob(blob, { signal })
  registry.clearRequests()
  expect(
    await clientOf(registry, async () => ANN)
      .repository('team/base')
      .hasBlob(blob.digest, { signal }),
  ).toBe(true)
  expect(decodeURIComponent(tokens(registry)[0]?.path ?? '')).toContain('scope=repository:team/base:pull')
  expect(await client.repository('team/b').mountBlob(blob.digest, 'team/base', { signal })).toBe(true)
  expect(decodeURIComponent(tokens(registry).at(-1)?.path ?? '')).toContain(
    'scope=repository:team/b:pull,push&scope=repository:team/base:pull',
  )
})

test('bearer: a token that expired is asked for anew', async () => {
  const registry = await start({ kind: 'bearer', ...ANN })
  const repository = clientOf(registry, async () => ANN).repository('team/a')
  await repository.putBlob(blobOf(), { signal })
  registry.setFaults({ expireTokens: true })
  expect(await repository.putBlob(blobOf(), { signal })).toBe('sent')
  expect(tokens(registry)).toHaveLength(2)
})

test('bearer: expires_in is honoured before the registry says it', async () => {
  const registry = await start({ kind: 'bearer', ...ANN, tokenSeconds: 1 })
  const repository = clientOf(registry, async () => ANN).repository('team/a')
  await repository.putBlob(blobOf(), { signal })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  registry.clearRequests()
  await repository.putBlob(blobOf(), { signal })
  expect(registry.requests.map(({ status }) => status)).not.toContain(401)
  expect(tokens(registry)).toHaveLength(1)
})

test('nobody: an anonymous token reads what is public, and pushes nothing', async () => {
  const registry = await start({ kind: 'bearer', ...ANN, publicRepositories: ['public/base'] })
  const blob = blobOf()
  await clientOf(registry, async () => ANN)
    .repository('public/base')
    .putBlob(blob, { signal })
  const anonymous = clientOf(registry).repository('public/base')
  expect(await anonymous.hasBlob(blob.digest, { signal })).toBe(true)
  await expect(anonymous.putBlob(blobOf(), { signal })).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    kind: 'auth',
    hint: expect.stringContaining(`No login was found in ${folder}/config.json, which is not there`) as string,
  })
})

test.each(['basic', 'bearer'] as const)("%s: Docker's configuration is what is asked first of all", async (kind) => {
  const registry = await start({ kind, ...ANN })
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ auths: { [registry.host]: { auth: btoa('ann:secret') } } }),
  )
  expect(await clientOf(registry).repository('team/a').putBlob(blobOf(), { signal })).toBe('sent')
  expect(
    await clientOf(registry, async () => undefined)
      .repository('team/a')
      .putBlob(blobOf(), { signal }),
  ).toBe('sent')
})

test.each(['basic', 'bearer'] as const)(
  '%s: a wrong login is said with where it is from, and never what it is',
  async (kind) => {
    const registry = await start({ kind, ...ANN })
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({ auths: { [registry.host]: { auth: btoa('bob:hunter2') } } }),
    )
    const failure: unknown = await clientOf(registry)
      .repository('team/a')
      .putBlob(blobOf(), { signal })
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'REGISTRY_FAILED',
      kind: 'auth',
      message: expect.stringContaining('401') as string,
      hint: `The login of "bob" is from ${folder}/config.json. \`docker login ${registry.host}\` makes a new one.`,
    })
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toMatch(/hunter2|Ym9iOmh1bnRlcjI/)
  },
)

test('basic: a login that was good and is not any more is asked for again', async () => {
  let password = 'secret'
  const registry = await start({ kind: 'basic', ...ANN })
  const login = vi.fn<() => Promise<Login>>(async () => ({ username: 'ann', password }))
  const client = clientOf(registry, login)
  await client.repository('team/a').putBlob(blobOf(), { signal })
  expect(login).toHaveBeenCalledTimes(1)
  // The registry at the same address now wants another password, as when a token of ECR ran out.
  await registry.close()
  password = 'new'
  used(
    await startOciRegistry({
      port: Number(registry.host.split(':')[1]),
      auth: { kind: 'basic', username: 'ann', password },
    }),
  )
  expect(await client.repository('team/a').putBlob(blobOf(), { signal })).toBe('sent')
  expect(login).toHaveBeenCalledTimes(2)
})

test('a login that fails is told as it is, and asked for again the next time', async () => {
  const registry = await start({ kind: 'bearer', ...ANN })
  const login = vi.fn<() => Promise<Login>>(async () => ANN).mockRejectedValueOnce(new Error('SSO session ended'))
  const repository = clientOf(registry, login).repository('team/a')
  await expect(repository.putBlob(blobOf(), { signal })).rejects.toThrow('SSO session ended')
  expect(await repository.putBlob(blobOf(), { signal })).toBe('sent')
})

test('credentials stay with the registry when blobs are at a storage', async () => {
  const registry = await start({ kind: 'bearer', ...ANN })
  const repository = clientOf(registry, async () => ANN).repository('team/a')
  const blob = blobOf()
  await repository.putBlob(blob, { signal })
  registry.setFaults({ redirectBlobs: true })
  expect(await repository.hasBlob(blob.digest, { signal })).toBe(true)
  const bytes = await (await repository.blob(blob.digest, { signal })).toArray()
  expect(Buffer.concat(bytes as Buffer[]).equals(blob.bytes)).toBe(true)
  const elsewhere = registry.requests.filter(({ host }) => host !== registry.host)
  expect(elsewhere.map(({ authorization }) => authorization)).toEqual([undefined])
})

describe.skipIf(noDockerRegistry !== undefined)(
  `Debian's docker-registry${noDockerRegistry === undefined ? '' : `: ${noDockerRegistry}`}`,
  () => {
    test('basic: pushed with a login, refused without', async () => {
      const registry = used(await startDockerRegistry({ auth: true }))
      const repository = clientOf(registry, async () => ANN).repository('team/a')
      await repository.putManifest('v1', await pushImageParts(repository), { signal })
      expect(await repository.manifest('v1', { signal })).toBeDefined()
      await expect(clientOf(registry).repository('team/a').manifest('v1', { signal })).rejects.toMatchObject({
        kind: 'auth',
      })
    })
  },
)
