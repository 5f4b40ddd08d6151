import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { docker, NODE_BASE, noEngine } from '@sidestep/containers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { leftRunning } from '../src/audit/left-running.ts'
import type { MatrixFlavor } from '../src/flavor.ts'
import { openDocker } from '../src/flavors/docker.ts'
import { Engine } from '../src/flavors/engine.ts'
import type { OperatorJob } from '../src/operator-under-test.ts'
import { until } from '../src/until.ts'

test('an engine of another machine is refused, and why', () => {
  expect(() => new Engine('tcp://build.example:2376')).toThrow('tcp://build.example:2376')
})

test.skipIf(noEngine !== undefined)('where no engine listens, the flavor says so', async () => {
  await expect(new Engine('unix:///nowhere.sock').get('/info')).rejects.toThrow('ENOENT')
})

describe.skipIf(noEngine !== undefined)(`containers${noEngine === undefined ? '' : `: ${noEngine}`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sidestep-matrix-'))
  const home = join(folder, 'home')
  const runId = `matrix-test-${process.pid}`
  let flavor: MatrixFlavor

  beforeAll(async () => {
    mkdirSync(join(home, 'store', 'runs', runId), { recursive: true })
    flavor = await openDocker()
  }, 60_000)
  afterAll(async () => {
    await flavor.killAll(home)
    await flavor.close()
    rmSync(folder, { recursive: true, maxRetries: 5 })
  }, 60_000)

  /** A container as the operator labels it, made by hand. */
  async function start(attempt: number): Promise<string> {
    const labels = { token: `t${attempt}`, run: runId, 'step-run': 'left-0', attempt: String(attempt), nonce: 'n' }
    const options = Object.entries(labels).flatMap(([name, value]) => ['--label', `dev.sidestep.${name}=${value}`])
    const run = ['run', '--detach', '--init', '--network', 'none', ...options, NODE_BASE]
    return (await docker([...run, 'node', '-e', 'setInterval(() => {}, 1e6)'])).slice(0, 12)
  }

  async function job(name: string): Promise<OperatorJob | undefined> {
    return (await flavor.jobs(home)).find((other) => other.name === name)
  }

  test('one that is left running is found', async () => {
    const name = await start(1)
    expect(await job(name)).toEqual({ name, runId, stepRunId: 'left-0', attempt: 1, nonce: 'n', alive: true })
    const files = { evidence: () => [{ event: 'start', step: 'left', pid: 1, at: 0, job: name }] as const }
    const findings = await leftRunning({ flavor, home, files } as never, 1)
    expect(findings.map(({ figure }) => figure)).toContain('left-running')
  }, 60_000)

  test('killed by its entrypoint, or by what answers for it, it has ended', async () => {
    for (const kill of ['killEntrypoint', 'killSupervisor'] as const) {
      const name = await start(2)
      const before = Date.now()
      expect(await flavor[kill](home, (await job(name)) as OperatorJob)).toBe(true)
      await until('its end', async () => (await job(name))?.alive === false)
      expect((await job(name))?.endedAt).toBeGreaterThanOrEqual(before - 5)
    }
  }, 60_000)

  test('one that was removed is known, and when it ended', async () => {
    const name = await start(3)
    await docker(['rm', '--force', name])
    await until('the engine has told of its end', async () => (await job(name))?.endedAt !== undefined)
    expect(await job(name)).toMatchObject({ runId, attempt: 3, alive: false })
  }, 60_000)
})
