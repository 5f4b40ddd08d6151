import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { openSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { docker, noEngine, unavailable } from '@sidestep/containers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { all } from '../support/all.ts'
import { until } from '../support/until.ts'
import { IDLE, testContainer, testImage, testService } from './engine.ts'

const WHY_NOT = noEngine ?? unavailable(whyNot())
const ID = randomBytes(4).toString('hex')
const FOLDER = `/tmp/sidestep-engine-${ID}`
const NAMESPACE = `sidestep-${ID}`
const HOST = `unix://${join(FOLDER, 'docker.sock')}`

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'an engine of its own needs root'
  try {
    for (const program of ['dockerd', 'ip', 'nsenter']) execFileSync('which', [program], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'dockerd, ip or nsenter is not there'
  }
}

/** An engine that can be killed. It has a network of its own: else it would take the bridge of the other one away. */
function startEngine(): ChildProcess {
  const args = [
    '--host',
    HOST,
    '--data-root',
    join(FOLDER, 'data'),
    '--exec-root',
    join(FOLDER, 'exec'),
    '--pidfile',
    join(FOLDER, 'pid'),
    '--bridge',
    'none',
    '--iptables=false',
  ]
  return spawn('nsenter', [`--net=/run/netns/${NAMESPACE}`, 'dockerd', ...args], {
    stdio: ['ignore', openSync(join(FOLDER, 'log'), 'a'), openSync(join(FOLDER, 'log'), 'a')],
  })
}

/**
 * Where the first process of a machine reaps nobody, a dead containerd looks as if it were alive, and the engine waits for it
 * in vain: then it is started once more.
 */
async function restartEngine(): Promise<ChildProcess> {
  for (let n = 0; n < 5; n += 1) {
    await rm(join(FOLDER, 'exec', 'containerd', 'containerd.pid'), { force: true })
    const engine = startEngine()
    const up = await until(
      'the engine',
      async () => ((await isUp()) ? 'up' : engine.exitCode !== null && 'ended'),
      60_000,
    )
    if (up === 'up') return engine
  }
  throw new Error('the engine does not come up')
}

async function isUp(): Promise<boolean> {
  return docker(['version'], { host: HOST }).then(
    () => true,
    () => false,
  )
}

describe.skipIf(WHY_NOT !== undefined)(
  `an engine that is restarted${WHY_NOT === undefined ? '' : `: ${WHY_NOT}`}`,
  () => {
    let engine: ChildProcess
    let image: string

    beforeAll(async () => {
      execFileSync('ip', ['netns', 'add', NAMESPACE])
      execFileSync('mkdir', ['-p', FOLDER])
      engine = startEngine()
      const source = await testImage()
      await until('the engine', isUp, 60_000)
      execFileSync('sh', ['-c', `docker save "$0" | docker --host "$1" load`, source, HOST])
      image = await docker(['inspect', '--format', '{{.Id}}', source])
    }, 120_000)

    afterAll(async () => {
      engine.kill('SIGTERM')
      if (engine.exitCode === null && engine.signalCode === null) await once(engine, 'exit')
      execFileSync('ip', ['netns', 'del', NAMESPACE])
      const mounts = readFileSync('/proc/mounts', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[1] ?? '')
      for (const path of mounts.filter((path) => path.startsWith(FOLDER)).toReversed())
        execFileSync('umount', ['-l', path])
      await rm(FOLDER, { recursive: true, force: true, maxRetries: 5 })
    }, 60_000)

    it.each(['SIGTERM', 'SIGKILL'] as const)(
      'by %s: not seen while it is away, and then it was its end',
      async (how) => {
        const service = testService({ engine: { host: HOST } })
        const job = await testContainer(IDLE, { image }, { service, host: HOST })
        const waiting = await testContainer(IDLE, { image }, { service, host: HOST })
        await job.submit()
        await job.printed('begun')
        engine.kill(how)
        await once(engine, 'exit')
        await expect(job.observe()).rejects.toMatchObject({ kind: 'infra' })
        await expect(job.cancel()).rejects.toMatchObject({ kind: 'infra' })
        await expect(waiting.submit()).rejects.toMatchObject({ kind: 'infra', code: 'LAUNCH_FAILED' })
        await expect(
          all(service.find({ token: job.labels.token }, { signal: AbortSignal.timeout(5_000) })),
        ).rejects.toMatchObject({ kind: 'infra' })
        engine = await restartEngine()
        const end = await job.ended()
        expect(end).toMatchObject({ phase: 'failed', kind: 'infra' })
        expect(end.gone).toBeUndefined()
        // What was lost with the engine is created once.
        await waiting.submit()
        await waiting.printed('begun')
        await waiting.cancel()
        expect(await waiting.ended()).toMatchObject({ phase: 'stopped' })
      },
      120_000,
    )
  },
)
