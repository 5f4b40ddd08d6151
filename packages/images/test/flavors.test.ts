import { expect, test } from 'vitest'

import { ContainerRegistry, ImageBuilder } from '@sidestep/core'

import { oci, registry } from '../src/index.ts'
import integration from '../src/integration.ts'

test('all flavors are what the package brings, and load by need', async () => {
  expect(integration.flavors.map(({ type, flavor }) => `${type} ${flavor}`)).toEqual([
    'image_builder oci',
    'image_builder docker',
    'container_registry oci',
  ])
  const builder = await oci().load()
  expect(builder).toBeInstanceOf(ImageBuilder)
  expect(builder.config).toEqual({ parentImage: 'node:24-slim', nodeVersion: '24' })
  expect((await oci({ nodeVersion: '22' }).load()).config).toMatchObject({ parentImage: 'node:22-slim' })
  const found = await registry({ uri: 'ghcr.io/acme/' }).load()
  expect(found).toBeInstanceOf(ContainerRegistry)
  expect(found).toMatchObject({ uri: 'ghcr.io/acme', location: undefined })
  expect(await registry({ uri: '127.0.0.1:5000' }).load()).toMatchObject({ location: { cloud: 'local' } })
})

test.each([
  [() => registry({ uri: 'https://ghcr.io/acme/' }), '"https://ghcr.io/acme/" begins like a URL'],
  [() => registry({ uri: 'http://127.0.0.1:5000/newcomer' }), 'Write 127.0.0.1:5000/newcomer.'],
  [() => registry({ uri: '127.0.0.1:5000/New Comer' }), '"New Comer" is no part of a repository'],
  [() => registry({ uri: 'ghcr.io/Acme/steps' }), 'Write ghcr.io/acme/steps.'],
  [() => registry({ uri: 'acme' }), 'docker.io/acme'],
  [() => registry({ uri: 'docker.io' }), 'docker.io/NAME'],
  [() => registry({ uri: 'index.docker.io/' }), 'docker.io/NAME'],
  [() => registry({ uri: 'ghcr.io/Acme' }), 'capitals'],
  [() => oci({ parentImage: 'node:' }), 'no tag'],
  [() => oci({ parentimage: 'x' } as object), 'did you mean parentImage'],
])('%s', async (make, message) => {
  await expect(make().load()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(message) as string,
  })
})
