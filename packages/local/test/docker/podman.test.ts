import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { noEngine } from '@sidestep/containers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { checkResources } from '../../src/docker/check-resources.ts'
import type { DockerJobService } from '../../src/docker/docker-job-service.ts'
import { all } from '../support/all.ts'
import { until } from '../support/until.ts'
import { IDLE, testContainer, testImage, testService } from './engine.ts'

const WHY_NOT = noEngine ?? whyNot()

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'a Podman of its own needs root'
  try {
    for (const program of ['podman', 'runc']) execFileSync('which', [program], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'podman or runc is not installed'
  }
}

/** Its limits are those that a machine within a machine may set. */
const CONFIG = `[containers]
default_ulimits = []
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
`

describe.skipIf(WHY_NOT !== undefined)(`Podman${WHY_NOT === undefined ? '' : `: ${WHY_NOT}`}`, () => {
  let folder: string
  let podman: ChildProcess
  let service: DockerJobService
  const program = (): { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv } => ({
    args: [
      '--root',
      join(folder, 'root'),
      '--runroot',
      join(folder, 'run'),
      '--tmpdir',
      join(folder, 'tmp'),
      '--runtime',
      'runc',
    ],
    env: { ...process.env, CONTAINERS_CONF: join(folder, 'containers.conf') },
  })
  const signal = (): AbortSignal => AbortSignal.timeout(60_000)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sidestep-podman-'))
    await writeFile(join(folder, 'containers.conf'), CONFIG)
    const host = `unix://${join(folder, 'podman.sock')}`
    const { args, env } = program()
    podman = spawn('podman', [...args, 'system', 'service', '--time', '0', host], { env, stdio: 'ignore' })
    service = testService({ engine: { host } })
    await until('Podman', async () => service.engineFacts({ signal: signal() }).catch(() => false as const), 30_000)
  }, 60_000)

  afterAll(async () => {
    const ended = once(podman, 'exit')
    podman.kill('SIGTERM')
    await ended
    const { args, env } = program()
    execFileSync('podman', [...args, 'system', 'reset', '--force'], { env, stdio: 'ignore' })
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

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
