import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs'
import { access, mkdir, mkdtemp, readdir, readFile, realpath, rm, rmdir, writeFile } from 'node:fs/promises'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { startOciRegistry, type OciRegistry } from '../../src/oci-registry/oci-registry.ts'
import { jobRunner, type JobRunner } from '../../src/jobs/job-runner.ts'
import { sameOfBoth, STEP } from './behaviour.ts'
import { file, layer, link, pushImage, type TestImage } from './job-images.ts'
import { outcome, runs, start, testFolder, until } from './jobs.ts'

const STEP_CONFIG = {
  Entrypoint: ['node'],
  Cmd: ['/opt/sidestep/step.mjs'],
  Env: ['BASE=base', 'DATA=/opt/sidestep/data'],
}

let registry: OciRegistry
let image: string
let runner: JobRunner
let folder: string
let images = 0

async function push(made: TestImage): Promise<string> {
  images += 1
  return pushImage(registry.host, `tests/image-${images}`, made)
}

/** The pids of processes whose variables have a text. */
async function marked(text: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(
    pids.map(async (pid) =>
      (await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')).includes(text) ? [Number(pid)] : [],
    ),
  )
  return all.flat()
}

/** Where groups of processes get their memory. `undefined`: not here, or not by this user. */
const memoryGroups = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find((path) => {
  try {
    rmdirSync(mkdtempSync(join(path, 'sidestep-test-')))
    return path.endsWith('memory') || readFileSync(join(path, 'cgroup.subtree_control'), 'utf8').includes('memory')
  } catch {
    return false
  }
})

beforeAll(async () => {
  registry = await startOciRegistry()
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-jobs-')))
  image = await push({
    config: STEP_CONFIG,
    layers: [
      { by: 'somebody', bytes: await layer(file('etc/base', 'base')) },
      {
        by: 'sidestep',
        bytes: await layer(file('opt/sidestep/step.mjs', STEP), file('opt/sidestep/node/bin/node', 'none', 0o755)),
      },
    ],
  })
  runner = await jobRunner({ folder, kind: 'process' })
})

afterAll(async () => {
  await runner.close()
  const left = await readdir(join(folder, 'jobs'))
  await registry.close()
  await rm(folder, { recursive: true })
  if (left.length > 0) throw new Error(`these folders are left: ${left.join(', ')}`)
})

describe('a job as a process', () => {
  sameOfBoth(() => ({ runner, image }))

  test('it says what is not as in a container', () => {
    expect(runner.kind).toBe('process')
    expect(runner.description).toMatch(
      /^jobs run as processes of this machine \(as asked\): .*Memory and cores are not limited$/,
    )
  })

  test('only what Sidestep put on the base is there, and the Node.js of this process', async () => {
    const ended = await outcome(runner, {
      image,
      environment: {
        CODE: `
          import { existsSync, realpathSync } from 'node:fs'
          const { SIDESTEP_FS_ROOT: root, BASE, DATA, HOME, TMPDIR, PATH } = process.env
          const own = [root, 'opt', 'sidestep'].join('/')
          console.log(JSON.stringify({
            base: existsSync(root + '/' + 'etc/base'), node: process.execPath, layer: realpathSync(own + '/node/bin/node'),
            BASE, data: DATA === own + '/data', home: HOME === root + '/' + 'root', temporary: TMPDIR === root + '/' + 'tmp',
            path: PATH.startsWith(own + '/node/bin:'), folder: process.cwd() === root, script: process.argv[1] === own + '/step.mjs' }))`,
      },
    })
    expect(ended.stderr).toEqual([])
    expect(JSON.parse(ended.stdout[0] ?? '')).toEqual({
      base: false,
      node: await realpath(process.execPath),
      layer: await realpath(process.execPath),
      BASE: 'base',
      data: true,
      home: true,
      temporary: true,
      path: true,
      folder: true,
      script: true,
    })
  })

  test('the Node.js of a base, and programs of the image, are found', async () => {
    const made = await push({
      config: { WorkingDir: '/app/../app' },
      layers: [
        {
          by: 'sidestep',
          bytes: await layer(
            file('app/run.sh', '#!/bin/sh\necho "in $(pwd) $1"\n', 0o755),
            link('app/again', '/app/run.sh'),
          ),
        },
      ],
    })
    const base = await outcome(runner, { image: made, command: ['/usr/local/no/bin/node', '-p', '1'] })
    expect(base).toMatchObject({ exitCode: 0, stdout: ['1'] })
    const script = await outcome(runner, { image: made, command: ['/app/again', 'x'] })
    expect(script).toMatchObject({ exitCode: 0, stdout: [expect.stringMatching(/^in .+\/app x$/)] })
    const neither = await outcome(runner, { image: made })
    expect(neither).toMatchObject({ startError: 'neither the job nor its image has a command' })
  })

  test('a layer is read once, however many jobs have it', async () => {
    const bytes = await layer(file('opt/sidestep/step.mjs', STEP), file('opt/sidestep/once', 'once'))
    const made = await push({ config: STEP_CONFIG, layers: [{ by: 'sidestep', bytes }] })
    registry.clearRequests()
    const environment = { CODE: `import 'node:fs'` }
    await Promise.all([1, 2, 3].map(async () => outcome(runner, { image: made, environment })))
    await outcome(runner, { image: made, environment })
    const reads = registry.requests.filter(({ sent }) => sent === bytes.length)
    expect(reads).toHaveLength(1)
  })

  test('a layer that is damaged, or leads elsewhere, starts nothing', async () => {
    const outside = await testFolder()
    const cases = [
      [await layer(link('out', outside), file('out/file', 'x')), undefined],
      [await layer(link('out', '../../../../../../../../../tmp'), file('out/file', 'x')), /points outside/],
      [await layer(file('../../out', 'x')), /cannot be unpacked/],
      [await layer({ header: { name: 'hard', size: 0, type: 'link', linkname: 'etc/passwd' } }), /hard is a link/],
      [await layer(file('opt/.wh.sidestep', '')), /cannot be unpacked/],
      [Buffer.from('no gzip'), /cannot be unpacked/],
    ] as const
    for (const [bytes, error] of cases) {
      const made = await push({ layers: [{ by: 'sidestep', bytes }] })
      const ended = await outcome(runner, { image: made, command: ['node', '-p', '1'] })
      if (error === undefined) expect(ended.startError ?? '').not.toBe('')
      else expect(ended.startError ?? '').toMatch(error)
    }
    expect(await readdir(outside)).toEqual([])
  })

  test('wrong bytes of a registry are not kept', async () => {
    const bytes = await layer(file('opt/sidestep/step.mjs', STEP))
    const made = await push({
      config: STEP_CONFIG,
      layers: [{ by: 'sidestep', bytes: Buffer.concat([bytes, await layer()]) }],
    })
    registry.setFaults({ wrongBytes: true })
    const ended = await outcome(runner, { image: made, environment: { CODE: '' } })
    expect(ended.startError).toMatch(/damaged|cannot/)
    registry.setFaults({})
    expect(await outcome(runner, { image: made, environment: { CODE: '' } })).toMatchObject({ exitCode: 0 })
  })

  test('only a registry of this machine is asked', async () => {
    const ended = await outcome(runner, { image: image.replace(/^[^/]+/, 'registry.example.com') })
    expect(ended.startError).toMatch(/^the registry registry\.example\.com is not on this machine/)
  })

  test.skipIf(platform() !== 'linux')('what a job started ends with it, in another group too', async () => {
    const environment = {
      CODE: `
        import { spawn } from 'node:child_process'
        const options = { stdio: 'inherit', detached: true }
        const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], options)
        const same = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { stdio: 'inherit' })
        console.log(child.pid); console.log(same.pid); child.unref(); same.unref()
        process.exitCode = 5`,
    }
    const ended = await outcome(runner, { image, environment })
    expect(ended).toMatchObject({ exitCode: 5 })
    expect(ended.stdout.map(Number).filter(runs)).toEqual([])
  })

  test('a signal that nobody of the simulator sent is told, and is not for memory', async () => {
    const ended = await outcome(runner, { image, environment: { CODE: `process.kill(process.pid, 'SIGKILL')` } })
    expect(ended).toMatchObject({ exitCode: 137, signal: 'SIGKILL', outOfMemory: false })
  })
})

test.skipIf(memoryGroups === undefined)(
  `a kill for memory is told${memoryGroups === undefined ? ' (skipped: no group of memory can be made)' : ''}`,
  async () => {
    const group = await mkdtemp(join(memoryGroups ?? '', 'sidestep-test-'))
    onTestFinished(async () =>
      until('the end of a group', async () =>
        rmdir(group).then(
          () => true,
          () => false,
        ),
      ),
    )
    const isOld = await access(join(group, 'memory.limit_in_bytes')).then(
      () => true,
      () => false,
    )
    await writeFile(join(group, isOld ? 'memory.limit_in_bytes' : 'memory.max'), String(128 * 2 ** 20))
    const own = await jobRunner({ folder: await testFolder(), kind: 'process' })
    const code = `
    import { writeFileSync } from 'node:fs'
    writeFileSync(process.env.GROUP + '/cgroup.procs', String(process.pid))
    const all = []; for (;;) all.push(Buffer.alloc(2 ** 24, 1))`
    const ended = await outcome(own, { image, environment: { CODE: code, GROUP: group } })
    expect(ended).toMatchObject({ exitCode: 137, signal: 'SIGKILL', outOfMemory: true })
    await own.close()
  },
)

test('close ends what runs, and leaves layers alone', async () => {
  const own = await testFolder()
  const closing = await jobRunner({ folder: own, kind: 'process' })
  const job = start(closing, { image, environment: { CODE: `console.log(process.pid); setInterval(() => {}, 1000)` } })
  await until('a pid', () => job.stdout.length === 1)
  const early = start(closing, { image, environment: { CODE: '' } })
  await closing.close()
  expect(await job.ended).toMatchObject({ exitCode: 137, signal: 'SIGKILL' })
  expect(await early.ended).toMatchObject({ exitCode: null })
  expect(runs(Number(job.stdout[0]))).toBe(false)
  expect(await readdir(join(own, 'jobs'))).toEqual([])
  expect(await readdir(join(own, 'layers'))).toHaveLength(1)
  expect(() => start(closing, { image })).toThrow(/was closed/)
})

test.skipIf(platform() !== 'linux')('what a killed simulator left is ended and removed by the next one', async () => {
  const own = await testFolder()
  const [, jobs] = [await mkdir(join(own, 'jobs')), join(own, 'jobs')]
  await mkdir(join(jobs, 'unknown'))
  await writeFile(
    join(own, 'simulator.mjs'),
    `
      import { jobRunner } from ${JSON.stringify(join(import.meta.dirname, '../../src/jobs/job-runner.ts'))}
      const runner = await jobRunner({ folder: ${JSON.stringify(own)}, kind: 'process' })
      const job = runner.run({ name: 'left', image: ${JSON.stringify(image)}, command: ['sleep', '600'], environment: { LEFT: ${JSON.stringify(own)} },
        folders: {}, graceMs: 1, onLine: () => {} })
      const listens = \`new (require('node:net').Socket)({ fd: Number(process.env.SIDESTEP_PARENT_FD) }).resume().on('end', () => process.kill(0, 'SIGKILL'));
        setInterval(() => {}, 1000); console.log('listens')\`
      runner.run({ name: 'listens', image: ${JSON.stringify(image)}, command: ['node', '-e', listens], environment: { LISTENS: ${JSON.stringify(own)} },
        folders: {}, graceMs: 1, onLine: async () => { await job.begun; console.log('begun') } })`,
  )
  const simulator = spawn(process.execPath, [join(own, 'simulator.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void simulator.kill('SIGKILL'))
  await once(simulator.stdout, 'data')
  const left = (await marked(`LEFT=${own}`)).filter((pid) => pid !== simulator.pid)
  expect(left).toHaveLength(1)
  expect(await marked(`LISTENS=${own}`)).toHaveLength(1)
  // While it runs, another one leaves its jobs alone.
  await (await jobRunner({ folder: own, kind: 'process' })).close()
  expect(left.filter(runs)).toEqual(left)
  expect(await readdir(jobs)).toHaveLength(2)
  simulator.kill('SIGKILL')
  await once(simulator, 'exit')
  // What watches its pipe, as Sidestep's entrypoint does, is gone by itself.
  await until('the end of a job that listens', async () => (await marked(`LISTENS=${own}`)).length === 0)
  expect(await marked(`LEFT=${own}`)).toEqual(left)
  const next = await jobRunner({ folder: own, kind: 'process' })
  expect(await marked(`LEFT=${own}`)).toEqual([])
  await next.close()
  expect(await readdir(jobs)).toEqual(['unknown'])
  await access(join(own, 'layers'))
})
