import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'

import { docker, noEngine } from '@sidestep/containers'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { startOciRegistry, type OciRegistry } from '../../src/oci-registry/oci-registry.ts'
import { jobRunner, type JobRunner } from '../../src/jobs/job-runner.ts'
import { sameOfBoth, STEP } from './behaviour.ts'
import { file, layer, nodeBase, pushImage, type TestBase } from './job-images.ts'
import { outcome, start, testFolder } from './jobs.ts'

const because = noEngine === undefined ? '' : ` (skipped: ${noEngine})`

describe.skipIf(noEngine !== undefined)(`a job in a container${because}`, () => {
  let registry: OciRegistry
  let base: TestBase
  let image: string
  let runner: JobRunner
  let folder: string

  async function push(user: string = ''): Promise<string> {
    // Another text gives another image: two files of tests must not remove each other's.
    const bytes = await layer(file('opt/sidestep/step.mjs', `${STEP} // ${randomBytes(8).toString('hex')}`))
    const config = { Entrypoint: ['node'], Cmd: ['/opt/sidestep/step.mjs'], User: user, Env: ['BASE=base'] }
    return pushImage(registry.host, 'tests/jobs', { base, config, layers: [{ by: 'sidestep', bytes }] })
  }

  async function containers(label = 'dev.sidestep.simulator'): Promise<readonly string[]> {
    return (await docker(['ps', '--all', '--no-trunc', '--quiet', '--filter', `label=${label}`]))
      .split('\n')
      .filter((id) => id !== '')
  }

  /** Whether the engine has an image. */
  async function isThere(name: string): Promise<boolean> {
    return docker(['image', 'inspect', name]).then(
      () => true,
      () => false,
    )
  }

  beforeAll(async () => {
    registry = await startOciRegistry()
    base = await nodeBase()
    folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-jobs-')))
    image = await push()
    runner = await jobRunner({ folder })
  }, 60_000)

  afterAll(async () => {
    await runner.close()
    const left = await docker(['images', '--quiet', '--filter', `reference=${registry.host}/*/*`])
    await registry.close()
    await rm(folder, { recursive: true })
    if (left !== '') throw new Error(`these images are left: ${left}`)
  })

  sameOfBoth(() => ({ runner, image }))

  test('it says which engine it is', () => {
    expect(runner.kind).toBe('container')
    expect(runner.description).toMatch(/^jobs run in containers of Docker \d+\.\d+.*, on the network of this machine$/)
  })

  test('memory and cores are what a job sees, and too much memory is its end', async () => {
    const limits = { memoryBytes: 256 * 2 ** 20, cpus: 1_000, image }
    const seen = await outcome(runner, { ...limits, environment: { CODE: 'console.log(process.constrainedMemory())' } })
    expect(seen.stdout).toEqual([String(256 * 2 ** 20)])
    const code = 'const all = []; for (;;) all.push(Buffer.alloc(2 ** 24, 1))'
    const ended = await outcome(runner, { ...limits, environment: { CODE: code } })
    expect(ended).toMatchObject({ exitCode: 137, signal: 'SIGKILL', outOfMemory: true })
  })

  test('the user and the variables are those of the image', async () => {
    const ended = await outcome(runner, {
      image: await push('1234:5678'),
      environment: { CODE: 'console.log(process.getuid(), process.getgid(), process.env.BASE)' },
    })
    expect(ended).toMatchObject({ stdout: ['1234 5678 base'] })
  })

  test('nothing is left of a job that ended', async () => {
    const mark = randomBytes(8).toString('hex')
    await outcome(runner, { image, name: mark, environment: { CODE: '' } })
    await outcome(runner, { image, name: mark, command: ['no-such-program'] })
    expect(await containers(`dev.sidestep.simulator.job=${mark}`)).toEqual([])
  })

  test('close ends what runs or is about to, and another runner’s jobs go on', async () => {
    const other = await jobRunner({ folder: await testFolder(), kind: 'container' })
    const code = `console.log('ready'); setInterval(() => {}, 1000)`
    const mark = randomBytes(8).toString('hex')
    const mine = start(runner, { image, environment: { CODE: code } })
    const job = start(other, { image, name: mark, environment: { CODE: code } })
    await Promise.all([job.printed('ready'), mine.printed('ready')])
    const late = await push()
    const pulling = start(other, { image: late, name: mark, environment: { CODE: code } })
    await other.close()
    expect(await job.ended).toMatchObject({ exitCode: 137 })
    expect(await pulling.ended).toMatchObject({ exitCode: null, startError: 'it was stopped before it began' })
    expect(await containers(`dev.sidestep.simulator.job=${mark}`)).toEqual([])
    expect(await isThere(late)).toBe(false)
    await mine.kill()
    expect(() => start(other, { image })).toThrow(/was closed/)
  })

  test('a job whose engine breaks off its answers ends as it ends, and says that lines may be missing', async () => {
    const { host, cut } = await way()
    const own = await jobRunner({ folder: await testFolder(), host, kind: 'container' })
    const code = `console.log('ready'); setTimeout(() => process.exit(4), 500)`
    const job = start(own, { image, environment: { CODE: code } })
    await job.printed('ready')
    cut()
    expect(await job.ended).toMatchObject({ exitCode: 4, lostError: expect.stringMatching(/lines may be missing/) })
    await own.close()
  })

  test('what a killed simulator left is removed by the next one', async () => {
    const own = await testFolder()
    const left = await push()
    const name = randomBytes(8).toString('hex')
    await writeFile(
      join(own, 'simulator.mjs'),
      `import { jobRunner } from ${JSON.stringify(join(import.meta.dirname, '../../src/jobs/job-runner.ts'))}
      const runner = await jobRunner({ folder: ${JSON.stringify(own)}, kind: 'container' })
      const job = runner.run({ name: '${name}', image: '${left}', command: ['node', '-e', 'setInterval(() => {}, 1000)'], environment: {},
        folders: {}, graceMs: 1, onLine: () => {} })
      console.log(String(await job.begun))`,
    )
    const simulator = spawn(process.execPath, [join(own, 'simulator.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void simulator.kill('SIGKILL'))
    const [said] = (await once(simulator.stdout, 'data')) as [Buffer]
    expect(said.toString()).toBe('true\n')
    const label = `dev.sidestep.simulator.job=${name}`
    // While it runs, another one leaves its jobs alone.
    await (await jobRunner({ folder: own, kind: 'container' })).close()
    expect(await containers(label)).toHaveLength(1)
    simulator.kill('SIGKILL')
    await once(simulator, 'exit')
    expect(await containers(label)).toHaveLength(1)
    expect(await isThere(left)).toBe(true)
    await (await jobRunner({ folder: own, kind: 'container' })).close()
    expect(await containers(label)).toEqual([])
    expect(await isThere(left)).toBe(false)
  }, 60_000)
})

/** A way to the engine whose connections can be cut. */
async function way(): Promise<{ readonly host: string; readonly cut: () => void }> {
  const sockets: Socket[] = []
  const path = new URL(process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock').pathname
  const server = createTcpServer((socket) => {
    const engine = connect(path)
    sockets.push(socket, engine)
    for (const [from, to] of [
      [socket, engine],
      [engine, socket],
    ] as const) {
      from.pipe(to)
      from.on('error', () => to.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { host, cut: () => sockets.splice(0).forEach((socket) => socket.destroy()) }
}

describe('without an engine', () => {
  test('jobs are processes, and it says why; containers are refused where they were asked for', async () => {
    const folder = await testFolder()
    const host = `unix://${folder}/no.sock`
    const runner = await jobRunner({ folder, host })
    expect(runner.kind).toBe('process')
    expect(runner.description).toMatch(/\(the engine unix:.*no\.sock gives no answer: connect ENOENT/)
    await runner.close()
    await expect(jobRunner({ folder, host, kind: 'container' })).rejects.toThrow(/cannot run in containers: the engine/)
    const remote = await jobRunner({ folder, host: 'ssh://machine' })
    expect(remote.description).toMatch(/\(ssh:\/\/machine is no address of an engine on this machine/)
    await remote.close()
  })

  test('one that went away is not missed where no job ever ran', async () => {
    const server = createServer((request, response) => {
      const version = { Version: '1', Components: [] }
      const info = { NCPU: 1, OSType: 'linux', KernelVersion: release(), SecurityOptions: [] }
      const path = request.url ?? ''
      response.end(JSON.stringify(path.endsWith('/info') ? info : path.endsWith('/version') ? version : []))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
    const runner = await jobRunner({ folder: await testFolder(), host, kind: 'container' })
    server.close()
    await expect(runner.close()).resolves.toBeUndefined()
  })

  test('an engine whose containers do not reach this machine is not used', async () => {
    const server = createServer((request, response) => {
      const version = { Version: '1', Components: [] }
      const info = { NCPU: 1, OSType: 'linux', KernelVersion: 'another', SecurityOptions: [] }
      response.end(JSON.stringify(request.url?.endsWith('/info') === true ? info : version))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
    await expect(jobRunner({ folder: await testFolder(), host, kind: 'container' })).rejects.toThrow(
      /a machine of its own/,
    )
  })
})
