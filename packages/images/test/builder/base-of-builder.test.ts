import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startOciRegistry } from '@sidestep/simulators'
import { expect, onTestFinished, test } from 'vitest'

import { ofBuilder } from '../../src/builder/base-of-builder.ts'
import { ConnectionError } from '../../src/distribution/connection-error.ts'
import { translateRegistryError } from '../../src/distribution/registry-errors.ts'
import { builder, GLIBC, OFFICIAL, options, project, pushBase, recipe, registryAt, signal } from './support.ts'

const NOBODY = '127.0.0.1:1'

test('the parent image of a builder is tried: its digest, none, and a registry that is not there', async () => {
  const registry = await startOciRegistry()
  onTestFinished(() => registry.close())
  const digest = await pushBase(
    { registry: registry.host, repository: 'node', tag: 'slim' },
    { layers: [GLIBC], config: OFFICIAL },
  )
  const tried = `reading ${registry.host}/node:slim, its parentImage`
  expect(await builder(`${registry.host}/node:slim`).diagnose({ signal })).toEqual([
    { tried, state: 'ok', found: digest },
  ])
  expect(registry.requests.at(-1)).toMatchObject({ method: 'HEAD' })
  expect(await builder(`${registry.host}/node:fat`).diagnose({ signal })).toMatchObject([
    { state: 'problem', found: `there is no image ${registry.host}/node:fat` },
  ])
  expect(await builder(`${NOBODY}/node:slim`).diagnose({ signal })).toMatchObject([
    { state: 'problem', found: expect.stringContaining('ECONNREFUSED') as string },
  ])
})

test('one that wants a login may have that of the stack’s registry: no problem yet', async () => {
  const registry = await startOciRegistry({ auth: { kind: 'basic', username: 'ann', password: 'secret' } })
  onTestFinished(() => registry.close())
  expect(await builder(`${registry.host}/node:slim`).diagnose({ signal })).toMatchObject([
    {
      state: 'warning',
      found: expect.stringMatching(/^Not allowed to read .*node:slim: .* 401/u) as string,
      hint: expect.stringContaining('`sidestep plan FILE` tells') as string,
    },
  ])
})

test('an error about it says that it is the builder’s, and one about a step’s own does not', async () => {
  const place = await project()
  const at = options(place, registryAt('127.0.0.1:2'))
  const itself = builder(`${NOBODY}/node:slim`)
  const own = await recipe(place, '1', { parentImage: `${NOBODY}/own:1` })
  // Each asks for half a minute.
  await Promise.all([
    expect(itself.plan(await recipe(place, '1'), at)).rejects.toMatchObject({
      code: 'REGISTRY_FAILED',
      hint: expect.stringContaining(`${NOBODY}/node:slim is the parentImage of the image builder`) as string,
    }),
    expect(itself.plan(own, at)).rejects.toMatchObject({ hint: 'Check the network and that the registry is up.' }),
  ])
}, 90_000)

test('the default’s says where it comes from, what to check, and the way out', () => {
  const unknown = new ConnectionError('registry-1.docker.io', Object.assign(new Error('x'), { code: 'ENOTFOUND' }))
  const task = { doing: 'read', subject: 'docker.io/library/node:24-slim' }
  const error = translateRegistryError(unknown, task, { registry: 'docker.io' })
  const { hint } = ofBuilder(error, { parentImage: 'node:24-slim', nodeVersion: '24' }) as { readonly hint: string }
  expect(hint).toMatch(/^Check the (?:network|proxy)/u)
  expect(hint).toContain('node:24-slim is what an image builder takes where neither it nor the step says another')
  expect(hint).not.toContain('name of the registry')
})

test('a registry that fails is asked once by a build that has guessed its base right', async () => {
  const registry = await startOciRegistry()
  onTestFinished(() => registry.close())
  await pushBase({ registry: registry.host, repository: 'node', tag: 'slim' }, { layers: [GLIBC], config: OFFICIAL })
  const place = await project()
  const at = options(place, registryAt(registry.host))
  const itself = builder(`${registry.host}/node:slim`)
  await itself.build(await recipe(place, '1'), at)
  registry.setFaults({ failures: [{ method: 'GET', path: /sidestep\/manifests/, status: 418 }] })
  const before = registry.requests.length
  await expect(itself.build(await recipe(place, '2'), at)).rejects.toMatchObject({ code: 'REGISTRY_FAILED' })
  expect(registry.requests.slice(before).filter(({ status }) => status === 418)).toHaveLength(1)
})

test('a plan names what of the files stays out; a platform that no container has is told from an absent one', async () => {
  const registry = await startOciRegistry()
  onTestFinished(() => registry.close())
  await pushBase({ registry: registry.host, repository: 'node', tag: 'slim' }, { layers: [GLIBC], config: OFFICIAL })
  const place = await project()
  await mkdir(join(place.folder, 'data/node_modules/a'), { recursive: true })
  await writeFile(join(place.folder, '.dockerignore'), '**/*.log\n')
  for (const file of ['a.csv', '.env', 'x.log', 'node_modules/a/index.js'])
    await writeFile(join(place.folder, 'data', file), 'x')
  const at = options(place, registryAt(registry.host))
  const itself = builder(`${registry.host}/node:slim`)
  const parts = await itself.plan(await recipe(place, '1', { files: ['data'] }), at)
  const files = parts.filter(({ name }) => name === 'files').map(({ description }) => description)
  expect(files[0]).toMatch(/data\/a\.csv$/u)
  expect(files.slice(1)).toEqual(['left out: data/.env, data/node_modules, data/x.log'])
  expect((await itself.build(await recipe(place, '1', { files: ['data'] }), at)).parts).toEqual(parts)
  const odd = await recipe(place, '1', { platform: 'windows/z80' })
  await expect(itself.plan(odd, at)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'docker.platform is windows/z80, and images are made for Linux',
  })
  await expect(itself.plan(await recipe(place, '1', { platform: 'linux/arm64' }), at)).rejects.toMatchObject({
    code: 'IMAGE_INVALID',
  })
})
