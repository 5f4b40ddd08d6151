import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { homeFolder, Stack, type ArtifactStore, type Capabilities } from '@sidestep/core'
import { FlavorRegistry, jsonSchemaOf } from '@sidestep/core/project'
import { describe, expect, it } from 'vitest'

import { defaultStack, docker, local, localArtifactStore } from '../src/index.ts'

async function loaded<T>(component: Promise<unknown>): Promise<T> {
  return (await component) as T
}

describe('the flavor local', () => {
  it('is plain data until it is used, and knows its small module', async () => {
    const ref = local({ home: '/h', stopGrace: '3s' })
    expect(ref).toMatchObject({ type: 'step_operator', flavor: 'local', config: { home: '/h', stopGrace: '3s' } })
    const operator = await ref.load()
    expect(operator).toMatchObject({ config: { home: '/h', resources: 'enforce', stopGraceMs: 3_000 } })
    expect(operator.runtime).toMatch(/packages\/local\/src\/runtime\.ts$/)
  })

  it.each([
    [{ recources: 'ignore' }, 'there is no recources; did you mean resources?'],
    [{ instance: 'a' }, 'there is no instance; there is: home, resources, stopGrace'],
    [{ resources: 'sometimes' }, /resources: .*"enforce"\|"ignore"/],
    [{ home: 'relative' }, 'home: must be an absolute path'],
    [{ stopGrace: '5 minutes' }, /stopGrace: .*'90s'/],
  ])('refuses %o', async (config, message) => {
    await expect(local(config as object).load()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
    })
  })

  it('honors processors and memory, unless it ignores resources: then it refuses none', async () => {
    const enforcing = await loaded<{ capabilities: Capabilities }>(local({ home: '/h' }).load())
    const ignoring = await loaded<{ capabilities: Capabilities }>(local({ home: '/h', resources: 'ignore' }).load())
    expect(enforcing.capabilities).toEqual({
      image: 'none',
      adopt: true,
      logs: true,
      cancel: true,
      multiNode: false,
      resources: ['cpuCount', 'memory'],
    })
    expect(ignoring.capabilities.resources).toEqual(['cpuCount', 'memory', 'gpuCount', 'gpuType', 'instanceCount'])
  })
})

describe('the flavor of the artifact store', () => {
  it('opens a folder, and tells a job which', async () => {
    const store = await loaded<ArtifactStore>(localArtifactStore({ path: '/data/my store/' }).load())
    expect(store.uri).toBe('file:///data/my%20store')
    expect(store.jobConfig).toEqual({ flavor: 'local', path: '/data/my store' })
    expect(store.runtime).toMatch(/runtime\.ts$/)
  })

  it.each([
    [{ path: 'relative' }, 'path: must be an absolute path'],
    [{ paht: '/x' }, 'did you mean path?'],
    [{ path: `/${'x'.repeat(500)}` }, 'path: must be no longer than 450 bytes'],
  ])('refuses %o', async (config, message) => {
    await expect(localArtifactStore(config as object).load()).rejects.toMatchObject({
      message: expect.stringContaining(message),
    })
  })
})

describe('the integration', () => {
  it('is found by its package.json, and says what can be configured', async () => {
    const registry = await FlavorRegistry.open({
      projectFolder: import.meta.dirname,
      packagesFrom: [import.meta.filename],
    })
    const rows = registry.list().filter(({ state, integration }) => state === 'installed' && integration === 'local')
    expect(rows).toMatchObject([
      { type: 'step_operator', flavor: 'docker', integration: 'local', source: '@sidestep/local' },
      { type: 'step_operator', flavor: 'local', integration: 'local', source: '@sidestep/local' },
      { type: 'artifact_store', flavor: 'local', integration: 'local', source: '@sidestep/local' },
    ])
    for (const { type, flavor, summary } of rows) {
      expect(summary).toMatch(/this machine$/)
      const schema = await (await registry.get(type, flavor)).configSchema()
      const json = schema === undefined ? undefined : jsonSchemaOf(schema)
      expect(json?.additionalProperties).toBe(false)
      for (const property of Object.values(json?.properties ?? {})) expect(property.description).toMatch(/.{20}/)
    }
    const schema = await local.configSchema()
    expect(schema === undefined ? undefined : jsonSchemaOf(schema)?.properties).toMatchObject({
      home: { type: 'string' },
      resources: { default: 'enforce', enum: ['enforce', 'ignore'] },
      stopGrace: { default: '10s', type: ['string', 'number'] },
    })
    const ofDocker = await docker.configSchema()
    expect(ofDocker === undefined ? undefined : jsonSchemaOf(ofDocker)?.properties).toMatchObject({
      network: { type: 'string', minLength: 1 },
      mounts: { default: [], type: 'array', items: { required: ['source'], additionalProperties: false } },
      keepContainers: { default: false, type: 'boolean' },
    })
    const settings = await local.settingsSchema()
    expect(settings === undefined ? undefined : await settings['~standard'].validate({ a: 1 })).toMatchObject({
      issues: [{ message: 'there is no a; nothing can be set here' }],
    })
  })
})

describe('the default stack', () => {
  it('means this machine by every name, and by true', async () => {
    const home = '/project/.sidestep'
    const stack = defaultStack({ home })
    expect(Stack.isInstance(stack)).toBe(true)
    expect(stack.name).toBe('default')
    const operators = [
      await stack.stepOperator(true),
      await stack.stepOperator('gpu'),
      await stack.stepOperator('anything'),
    ]
    expect(new Set(operators).size).toBe(1)
    expect(operators[0]).toMatchObject({ config: { home, resources: 'ignore' } })
    const store = await loaded<ArtifactStore>(stack.artifactStore())
    expect(store.uri).toBe(pathToFileURL(join(home, 'store')).href)
  })
})

describe('the description of a stack on this machine', () => {
  it('says where the project keeps its state, so that another process finds its jobs and artifacts', () => {
    const stack = new Stack({ name: 'here', stepOperators: { l: local({}) }, artifactStore: localArtifactStore({}) })
    const { stepOperators, artifactStore } = stack.describe({ projectFolder: '/a/project' })
    const source = { package: '@sidestep/local' }
    expect(stepOperators['l']).toEqual({
      type: 'step_operator',
      flavor: 'local',
      source,
      config: { home: homeFolder() },
    })
    expect(artifactStore).toMatchObject({ flavor: 'local', source, config: { path: join(homeFolder(), 'store') } })
  })

  it('keeps the folders that were given', () => {
    const stack = new Stack({
      name: 'there',
      stepOperators: { l: local({ home: '/h', resources: 'ignore' }) },
      artifactStore: localArtifactStore({ path: '/data' }),
    })
    const { stepOperators, artifactStore } = stack.describe({ projectFolder: '/a/project' })
    expect(stepOperators['l']?.config).toEqual({ home: '/h', resources: 'ignore' })
    expect(artifactStore.config).toEqual({ path: '/data' })
  })
})
