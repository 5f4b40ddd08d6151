import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import { startOciRegistry, type OciRegistry } from '@sidestep/simulators'

import type { BaseImage } from '../../src/base/base-image.ts'
import { DocumentCache } from '../../src/base/document-cache.ts'
import { inspectBase } from '../../src/base/inspect-base.ts'
import { resolveBase } from '../../src/base/resolve-base.ts'
import { Registries } from '../../src/distribution/registries.ts'
import { digestOf } from '../../src/distribution/digest.ts'
import { MEDIA_TYPES } from '../../src/distribution/media-types.ts'
import { RegistryClient, type RepositoryClient } from '../../src/distribution/registry-client.ts'
import { GLIBC, OFFICIAL, pushBase, signal, temporaryFolder } from '../builder/support.ts'

let registry: OciRegistry
let repository: RepositoryClient
let home: string
beforeEach(async () => {
  registry = await startOciRegistry()
  onTestFinished(() => registry.close())
  const client = new RegistryClient({ registry: registry.host, retryDelayMs: 1 })
  onTestFinished(() => client.close())
  repository = client.repository('node', { push: true })
  home = await temporaryFolder()
})

async function resolve(reference: string, platform = 'linux/amd64'): Promise<BaseImage> {
  const registries = new Registries()
  onTestFinished(() => registries.close())
  const documents = new DocumentCache(home)
  return resolveBase(`${registry.host}/${reference}`, { platform, registries, documents, signal })
}

async function image(architecture: string): Promise<{ digest: string; size: number; mediaType: string }> {
  const digest = await pushBase(
    { registry: registry.host, repository: 'node', tag: architecture },
    { layers: [GLIBC], config: OFFICIAL, architecture },
  )
  const { bytes, mediaType } = (await repository.manifest(digest, { signal })) ?? { bytes: [], mediaType: '' }
  return { digest, size: bytes.length, mediaType }
}

async function put(tag: string, document: object, mediaType: string = MEDIA_TYPES.ociIndex): Promise<string> {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...document }))
  return repository.putManifest(tag, { mediaType, bytes }, { signal })
}

const on = (architecture: string) => ({ platform: { os: 'linux', architecture } })

describe('an index', () => {
  test.each([MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerIndex])(
    'of two platforms (%s), with attestations',
    async (type) => {
      const [amd64, arm64] = [await image('amd64'), await image('arm64')]
      // What BuildKit adds: a manifest that is no image, for a platform that is none.
      const attestation = { ...amd64, platform: { os: 'unknown', architecture: 'unknown' } }
      const manifests = [attestation, { ...arm64, ...on('arm64') }, { ...amd64, ...on('amd64') }, attestation]
      const digest = await put('both', { manifests }, type)
      expect((await resolve('node:both')).digest).toBe(amd64.digest)
      expect((await resolve('node:both', 'linux/arm64')).digest).toBe(arm64.digest)
      expect((await resolve(`node@${digest}`, 'linux/arm64')).digest).toBe(arm64.digest)
      expect((await resolve(`node@${arm64.digest}`, 'linux/arm64')).digest).toBe(arm64.digest)
      await expect(resolve('node:both', 'linux/s390x')).rejects.toThrow('It is there for linux/arm64, linux/amd64.')
      await expect(resolve(`node@${arm64.digest}`)).rejects.toThrow('It is there for linux/arm64.')
    },
  )

  test('in an index', async () => {
    const amd64 = await image('amd64')
    const inner = await put('inner', { manifests: [{ ...amd64, ...on('amd64') }] })
    const size = (await repository.manifest(inner, { signal }))?.bytes.length
    const nested = { mediaType: MEDIA_TYPES.ociIndex, digest: inner, size }
    await put('outer', { manifests: [{ ...nested, ...on('amd64') }] })
    await put('plain', { manifests: [nested] })
    expect((await resolve('node:outer')).digest).toBe(amd64.digest)
    expect((await resolve('node:plain')).digest).toBe(amd64.digest)
  })

  test.each([
    ['without manifests', {}],
    ['with a list of nothing', { manifests: [null] }],
    [
      'with a digest that is a path',
      { manifests: [{ digest: '../../../x', mediaType: 'x', size: 1, ...on('amd64') }] },
    ],
    ['without a platform', { manifests: [] }],
  ])('%s is refused', async (_, document) => {
    const bytes = Buffer.from(JSON.stringify(document))
    const digest = await keep(MEDIA_TYPES.ociIndex, bytes)
    await expect(resolve(`node@${digest}`)).rejects.toMatchObject({ code: 'IMAGE_INVALID', kind: 'config' })
  })
})

/** As a registry may give it that looks at nothing: this one takes none of them. */
async function keep(mediaType: string, bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes)
  await new DocumentCache(home).put({ digest, mediaType, bytes })
  return digest
}

test('an image of schema 1 is said to be one', async () => {
  const digest = await keep('application/vnd.docker.distribution.manifest.v1+prettyjws', Buffer.from('{}'))
  await expect(resolve(`node@${digest}`)).rejects.toMatchObject({
    code: 'IMAGE_INVALID',
    message: expect.stringContaining('is no image') as string,
    hint: expect.stringContaining('old schema 1') as string,
  })
})

test('an artifact is no image', async () => {
  const digest = await keep(MEDIA_TYPES.ociManifest, Buffer.from('{"schemaVersion":2,"layers":[]}'))
  await expect(resolve(`node@${digest}`)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
})

test('connections that break in the middle of a config and of a layer are made anew', async () => {
  await image('amd64')
  registry.setFaults({ cutDownloadsAt: [10, 20] })
  const base = await resolve('node:amd64')
  expect(base.config.architecture).toBe('amd64')
  const registries = new Registries()
  onTestFinished(() => registries.close())
  registry.setFaults({ cutDownloadsAt: [30, 40] })
  const inspect = { registries, home, signal, report: () => {} }
  expect(await inspectBase(base, inspect)).toMatchObject({ libc: 'glibc', libstdcxx: 30 })
  // And not for ever.
  const arm = { ...base, digest: (await image('arm64')).digest as BaseImage['digest'] }
  registry.setFaults({ cutDownloadsAt: Array.from({ length: 100 }, () => 10) })
  await expect(inspectBase(arm, inspect)).rejects.toMatchObject({ code: 'REGISTRY_FAILED', kind: 'infra' })
  registry.setFaults({})
  expect(await inspectBase(arm, inspect)).toMatchObject({ libc: 'glibc' })
})
