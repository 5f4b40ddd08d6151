import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { NODE_BASE, noDockerRegistry, noEngine, startDockerRegistry } from '@sidestep/containers'
import { noPodman, Podman } from '@sidestep/containers/podman'
import { Stack } from '@sidestep/core'
import { oci } from '@sidestep/images'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import { checkResources } from '../../src/docker/check-resources.ts'
import type { DockerJobService } from '../../src/docker/docker-job-service.ts'
import { hasImage, pullImage } from '../../src/docker/pull-image.ts'
import { docker as dockerOperator, localArtifactStore } from '../../src/index.ts'
import { all } from '../support/all.ts'
import { temporaryHome } from '../support/runs.ts'
import { OwnRegistry } from './own-registry.ts'
import { IDLE, testContainer, testImage, testService } from './engine.ts'

const WHY_NOT = noEngine ?? noPodman ?? noDockerRegistry

describe.skipIf(WHY_NOT !== undefined)(`Podman${WHY_NOT === undefined ? '' : `: ${WHY_NOT}`}`, () => {
  let podman: Podman
  let host: string
  let service: DockerJobService
  const signal = (): AbortSignal => AbortSignal.timeout(60_000)

  beforeAll(async () => {
    podman = await Podman.prepare()
    host = await podman.startService()
    service = testService({ engine: { host } })
  }, 60_000)
  afterAll(async () => podman[Symbol.asyncDispose](), 60_000)

  it('runs jobs from a registry without TLS of this machine, stops them, and finds them again', async () => {
    const image = await testImage()
    const job = await testContainer(
      `console.log(process.env.TOKEN, process.getuid())`,
      { image, init: false, user: '4711:4711' },
      { service },
    )
    const handle = await job.submit({ secrets: { TOKEN: 'hunter2' }, fingerprint: 'f' })
    expect(await job.ended()).toMatchObject({ phase: 'succeeded', exitCode: 0 })
    expect(await job.lines()).toEqual(['hunter2 4711'])
    expect(await job.submit({ fingerprint: 'f' })).toEqual(handle)
    expect(await all(service.find({ token: job.labels.token }, { signal: signal() }))).toMatchObject([{ handle }])

    const failing = await testContainer('process.exit(3)', { image, init: false }, { service })
    const idle = await testContainer(
      `${IDLE}; process.on('SIGTERM', () => process.exit(143))`,
      { image, init: false },
      { service },
    )
    await Promise.all([failing.submit(), idle.submit()])
    expect(await failing.ended()).toMatchObject({ phase: 'failed', exitCode: 3 })
    await idle.printed('begun')
    await idle.cancel()
    expect(await idle.ended()).toMatchObject({ exitCode: 143 })

    const noProgram = await testContainer('', { image, init: false, command: ['python3', 'train.py'] }, { service })
    await expect(noProgram.submit()).rejects.toMatchObject({ code: 'IMAGE_INVALID', kind: 'config' })
    const unknown = `${image.split('@')[0]}@sha256:${'0'.repeat(64)}`
    const noImage = await testContainer('', { image: unknown, init: false }, { service })
    await expect(noImage.submit()).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN', kind: 'config' })
  }, 120_000)

  it('pulls from a registry that wants a login with that of the stack’s registry, and not without one', async () => {
    await using registry = await startDockerRegistry({ auth: true, log: true })
    const home = await temporaryHome()
    onTestFinished(async () => home.remove())
    const client = join(home.path, 'client')
    await mkdir(client)
    vi.stubEnv('DOCKER_CONFIG', client)
    onTestFinished(() => void vi.unstubAllEnvs())
    const stackWith = (password: string): Stack =>
      new Stack({
        name: 'private',
        artifactStore: localArtifactStore({ path: join(home.path, 'store') }),
        imageBuilder: oci({ parentImage: NODE_BASE }),
        containerRegistry: new OwnRegistry({ uri: registry.host, password }),
        stepOperators: { here: dockerOperator({ host, network: 'none' }) },
      })
    const { squares } = await import('./fixtures/pipelines.ts')
    // What nobody may push is not built.
    await expect(squares.run(7, { stack: stackWith('other') })).rejects.toMatchObject({ kind: 'auth' })
    expect(await squares.run(7, { stack: stackWith('secret') })).toMatchObject({ square: 49 })
    const pulled = (await registry.requests()).filter(
      ({ method, path }) => method === 'GET' && path.includes('/blobs/'),
    )
    expect(pulled.filter(({ status }) => status === 200).length).toBeGreaterThan(0)

    const asked = (await registry.requests()).filter(({ method, status }) => method === 'GET' && status === 200)
    const digest = asked.flatMap(({ path }) => /^\/v2\/sidestep\/manifests\/(sha256:\w+)$/u.exec(path)?.[1] ?? [])[0]
    if (digest === undefined) throw new Error('Podman did not ask for the manifest by its digest')
    const reference = `${registry.host}/sidestep@${digest}`
    const pull = async (): Promise<void> => {
      await service.client.call('DELETE', `/images/${encodeURI(reference)}`, {
        query: { force: 'true' },
        signal: signal(),
      })
      const login = await service.logins.loginFor(reference, signal())
      await pullImage(service.client, reference, { signal: signal(), login })
    }
    await expect(pull()).rejects.toMatchObject({ code: 'REGISTRY_FAILED', kind: 'auth' })
    // What `docker login` leaves is as good.
    const auths = { [registry.host]: { auth: btoa('ann:secret') } }
    await writeFile(join(client, 'config.json'), JSON.stringify({ auths }))
    const login = await service.logins.loginFor(reference, signal())
    await pullImage(service.client, reference, { signal: signal(), login })
    expect(await hasImage(service.client, reference, signal())).toBe(true)
  }, 120_000)

  it('is refused a step with GPUs, which it would run without', async () => {
    const facts = await service.engineFacts({ signal: signal() })
    expect(facts).toMatchObject({ isPodman: true, platform: expect.stringMatching(/^linux\/(?:amd64|arm64)$/) })
    const step = { stepName: 'train', config: { resourceSettings: { gpuCount: 1 }, dockerSettings: {} } }
    const check = (): void => checkResources(step as unknown as Parameters<typeof checkResources>[0], {}, facts)
    expect(check).toThrow(
      expect.objectContaining({ code: 'RESOURCES_UNAVAILABLE', message: expect.stringContaining('Podman') }),
    )
  })
})
