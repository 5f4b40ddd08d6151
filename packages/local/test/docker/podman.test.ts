import { noEngine } from '@sidestep/containers'
import { noPodman, Podman } from '@sidestep/containers/podman'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { checkResources } from '../../src/docker/check-resources.ts'
import type { DockerJobService } from '../../src/docker/docker-job-service.ts'
import { all } from '../support/all.ts'
import { IDLE, testContainer, testImage, testService } from './engine.ts'

const WHY_NOT = noEngine ?? noPodman

describe.skipIf(WHY_NOT !== undefined)(`Podman${WHY_NOT === undefined ? '' : `: ${WHY_NOT}`}`, () => {
  let podman: Podman
  let service: DockerJobService
  const signal = (): AbortSignal => AbortSignal.timeout(60_000)

  beforeAll(async () => {
    podman = await Podman.prepare()
    service = testService({ engine: { host: await podman.startService() } })
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
