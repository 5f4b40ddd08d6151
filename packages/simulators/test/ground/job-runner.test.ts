import { access, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { Ground, type ServiceGround } from '../../src/ground/ground.ts'
import type { GroundOptions } from '../../src/ground/ground-options.ts'
import { LazyJobRunner } from '../../src/ground/lazy-job-runner.ts'
import type { JobEnd, JobRunner } from '../../src/jobs/job.ts'
import { startOciRegistry, type OciRegistry } from '../../src/oci-registry/oci-registry.ts'
import { startSimulator } from '../../src/simulator.ts'
import { file, layer, pushImage } from '../jobs/job-images.ts'
import { start } from '../jobs/jobs.ts'
import { NoteService } from './note-service.ts'

let folder: string
let registry: OciRegistry
let image: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ground-jobs-'))
  registry = await startOciRegistry()
  const script = 'console.log("runs"); setInterval(() => {}, 1000)'
  const bytes = await layer(file('opt/sidestep/step.mjs', script))
  const config = { Entrypoint: ['node'], Cmd: ['/opt/sidestep/step.mjs'] }
  image = await pushImage(registry.host, 'tests/waits', { config, layers: [{ by: 'sidestep', bytes }] })
})
afterAll(async () => {
  await registry.close()
  await rm(folder, { recursive: true })
})

/** A ground whose service has jobs: what the simulated clouds will be. */
async function groundWithJobs(options: GroundOptions = {}): Promise<{ ground: Ground; given: ServiceGround }> {
  const made: ServiceGround[] = []
  const ground = await Ground.start(
    (each) => {
      made.push(each)
      return [new NoteService(each)]
    },
    { jobs: 'process', ...options },
  )
  return { ground, given: made[0]! }
}

test('all services get one runner, which is not there before it is asked for', async () => {
  const { ground, given } = await groundWithJobs()
  expect((await readdir(given.folder)).includes('runner')).toBe(false)
  const [first, second] = await Promise.all([given.jobRunner(), given.jobRunner()])
  expect(first).toBe(second)
  expect(first).toMatchObject({ kind: 'process', description: await ground.describeJobs() })
  expect(await ground.describeJobs()).toMatch(/^jobs run as processes of this machine \(as asked\)/)
  expect(await readdir(join(given.folder, 'runner'))).toEqual(['jobs'])
  await ground.close()
  await expect(access(given.folder)).rejects.toThrow('ENOENT')
})

test('closing a ground ends the jobs that its services left, and gives no other runner', async () => {
  const { ground, given } = await groundWithJobs({ folder: join(folder, 'kept') })
  const job = start(await given.jobRunner(), { image })
  await job.printed('runs')
  const [end] = await Promise.all([job.ended, ground.close()])
  expect(end satisfies JobEnd).toMatchObject({ exitCode: 137, signal: 'SIGKILL' })
  await expect(given.jobRunner()).rejects.toThrow('no job can be started: the simulator was closed')
  expect(await readdir(join(folder, 'kept/runner/jobs'))).toEqual([])
})

test('one that cannot be started is an error of whoever asks, and of nothing else', async () => {
  const before = process.env['DOCKER_HOST']
  process.env['DOCKER_HOST'] = 'unix:///nothing'
  try {
    const { ground, given } = await groundWithJobs({ jobs: 'container' })
    await expect(given.jobRunner()).rejects.toThrow('jobs cannot run in containers')
    await expect(ground.describeJobs()).rejects.toThrow('jobs cannot run in containers')
    await ground.close()
    await using simulator = await startSimulator('aws')
    expect(await simulator.describeJobs()).toMatch(/^jobs run as processes of this machine \(.*\/nothing/)
  } finally {
    if (before === undefined) delete process.env['DOCKER_HOST']
    else process.env['DOCKER_HOST'] = before
  }
})

test('a runner that just starts as it is closed is closed too', async () => {
  const starting = Promise.withResolvers<JobRunner>()
  let starts = 0
  let closes = 0
  const runner = new LazyJobRunner(async () => {
    starts += 1
    return starting.promise
  })
  const asked = [runner.get(), runner.get()]
  const closed = runner.close()
  const given: JobRunner = {
    description: 'of a test',
    kind: 'process',
    run: () => expect.fail('nobody starts a job'),
    close: async () => void (closes += 1),
  }
  starting.resolve(given)
  expect(await Promise.all(asked)).toEqual([given, given])
  await closed
  expect([starts, closes]).toEqual([1, 1])
})
