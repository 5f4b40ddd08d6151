import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { LaunchReport, StepRunInfo } from '@sidestep/core'
import { describe, expect, it, onTestFinished } from 'vitest'

import { EngineClient } from '../../src/docker/engine-client.ts'
import { provideImage } from '../../src/docker/provide-image.ts'
import { pullImage } from '../../src/docker/pull-image.ts'
import { until } from '../support/until.ts'
import { testService } from './engine.ts'
import { json, scriptedEngine } from './scripted-engine.ts'

const IMAGE = `registry.example/steps@sha256:${'a'.repeat(64)}`
const signal = (): AbortSignal => AbortSignal.timeout(20_000)

describe('an engine that gives no answer', () => {
  it('counts as an outage after some silence, at the greeting and later', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sidestep-silent-'))
    const server = createServer(() => {}).listen(join(folder, 's'))
    await once(server, 'listening')
    onTestFinished(async () => {
      server.close()
      await rm(folder, { recursive: true, maxRetries: 5 })
    })
    const expected = { code: 'LAUNCH_FAILED', kind: 'infra', message: expect.stringMatching(/gave no answer/) }
    const deaf = new EngineClient({ host: `unix://${folder}/s` }, { silenceMs: 50 })
    await expect(deaf.call('GET', '/info', { signal: signal() })).rejects.toMatchObject(expected)
    const { host } = await scriptedEngine(() => {})
    const busy = new EngineClient({ host }, { silenceMs: 50 })
    await expect(busy.call('GET', '/info', { signal: signal() })).rejects.toMatchObject(expected)
    // A time limit of the caller's is the same.
    const patient = new EngineClient({ host })
    await expect(patient.call('GET', '/info', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject(expected)
  })

  it('does not hide that the caller was stopped, and the greeting is still that of the others', async () => {
    const greeting = Promise.withResolvers<ServerResponse>()
    const engine = await scriptedEngine((path, response) => {
      if (path !== '/_ping') return json(response, { asked: path })
      greeting.resolve(response)
      return 'held'
    })
    const client = new EngineClient(engine)
    const first = new AbortController()
    const stopped = client.call('GET', '/info', { signal: first.signal })
    const other = client.call('GET', '/info', { signal: signal() })
    const response = await greeting.promise
    const reason = new Error('SIGINT')
    first.abort(reason)
    await expect(stopped).rejects.toBe(reason)
    response.end('OK')
    expect((await other).body).toEqual({ asked: '/info' })
    await expect(client.call('GET', '/info', { signal: first.signal })).rejects.toBe(reason)
  })

  it('any more, in the middle of a pull or a log, is an outage', async () => {
    const engine = await scriptedEngine((path, response) => {
      if (path === '/images/create') response.write('{"id":"a","progressDetail":{"current":1,"total":9}}\n{"id')
      else if (path.endsWith('/logs')) response.write(Buffer.from([1, 0, 0, 0, 0, 0, 0, 99, 50]))
      else if (path.endsWith('/json')) return json(response, { State: { Status: 'running' } })
      else return
      setTimeout(() => response.destroy(), 20)
    })
    const expected = { code: 'LAUNCH_FAILED', kind: 'infra', message: expect.stringMatching(/gave no answer/) }
    await expect(pullImage(new EngineClient(engine), IMAGE, { signal: signal() })).rejects.toMatchObject(expected)
    const read = testService({ engine }).logs({ id: 'c', containerId: 'c' }, undefined, { signal: signal() })
    await expect(read).rejects.toMatchObject(expected)
  })
})

describe('the image of a step', () => {
  const infoWith = (timeouts: StepRunInfo['config']['timeouts']): StepRunInfo =>
    ({ image: IMAGE, stepName: 'train', config: { timeouts, resourceSettings: {}, dockerSettings: {} } }) as StepRunInfo
  const pulling = (
    answer: (response: ServerResponse) => void,
    has: (response: ServerResponse) => void = (response) => json(response, { message: 'no such image' }, 404),
  ) =>
    scriptedEngine((path, response) => {
      if (path === '/info') json(response, { NCPU: 2, MemTotal: 2 ** 30, OSType: 'linux', Architecture: 'x86_64' })
      else if (path === '/images/create') answer(response)
      else if (path.startsWith('/images/')) has(response)
    })
  const provide = async (
    engine: { readonly host: string },
    timeouts: StepRunInfo['config']['timeouts'],
    stop: AbortSignal = signal(),
  ): Promise<readonly LaunchReport[]> => {
    const reports: LaunchReport[] = []
    const report = (event: LaunchReport): void => void reports.push(event)
    await provideImage(testService({ engine }), infoWith(timeouts), {}, { signal: stop, report })
    return reports
  }

  it('is pulled as provisioning, within budgets that are longer than a timer can be', async () => {
    const engine = await pulling((response) => void setTimeout(() => response.end('{"status":"done"}\n'), 50))
    expect(await provide(engine, { queueMs: 30 * 86_400_000 })).toMatchObject([
      { type: 'observed', observation: { phase: 'provisioning', providerState: 'pulling' } },
    ])
    expect(
      await provide(
        await pulling(
          () => {},
          (response) => json(response, {}),
        ),
        { queueMs: 10_000 },
      ),
    ).toEqual([])
  })

  it('ends the step when it does not come within its queue budget', async () => {
    const engine = await pulling((response) => response.write('{"status":"Pulling"}\n'))
    await expect(provide(engine, { queueMs: 100 })).rejects.toMatchObject({ code: 'STEP_TIMEOUT', kind: 'timeout' })
    await expect(provide(engine, { totalMs: 100 })).rejects.toMatchObject({ code: 'STEP_TIMEOUT', kind: 'timeout' })
  })

  it('is not waited for by whoever is to stop: in the pull, and before', async () => {
    const inPull = new AbortController()
    const engine = await pulling((response) => {
      response.write('{"status":"Pulling"}\n')
      inPull.abort(new Error('SIGINT'))
    })
    const expected = { code: 'STEP_STOPPED', kind: 'stopped' }
    await expect(provide(engine, {}, inPull.signal)).rejects.toMatchObject(expected)
    const before = new AbortController()
    const silent = await pulling(
      () => {},
      () => before.abort(new Error('SIGINT')),
    )
    await expect(provide(silent, {}, before.signal)).rejects.toMatchObject(expected)
  })

  it.each([
    ['toomanyrequests: You have reached your unauthenticated pull rate limit', 'infra', /mirror/],
    ['unauthorized: authentication required', 'auth', /docker login/],
    ['manifest unknown', 'config', /still in its registry/],
    ['dial tcp: i/o timeout', 'infra', /reach the registry/],
  ])('that is refused with "%s" is %s', async (error, kind, hint) => {
    const engine = await pulling((response) => response.end(`${JSON.stringify({ error })}\n`))
    await expect(provide(engine, {})).rejects.toMatchObject({ kind, hint: expect.stringMatching(hint) })
  })
})

describe('a container that was killed on a busy engine', () => {
  const KILLED_AT = Date.parse('2026-11-22T10:05:00Z')
  const events = (...given: readonly { readonly Action: string; readonly at: number }[]): string =>
    given
      .map(({ Action, at }) => JSON.stringify({ Action, timeNano: at * 1e6, Actor: { Attributes: { signal: '9' } } }))
      .join('\n')
  const phaseWhere = async (oldest: number): Promise<string | undefined> => {
    const State = {
      Status: 'exited',
      ExitCode: 137,
      OOMKilled: false,
      Error: '',
      StartedAt: '2026-11-22T10:00:00Z',
      FinishedAt: '2026-11-22T10:05:01Z',
    }
    const engine = await scriptedEngine((path, response, request) => {
      if (path.endsWith('/json')) return json(response, { Id: 'c', Created: State.StartedAt, State, Config: {} })
      if (path !== '/events') return
      const query = new URL(request.url ?? '', 'http://engine').searchParams
      // What it keeps: nothing of the start any more.
      const kept = [
        { Action: 'tag', at: oldest },
        { Action: 'kill', at: KILLED_AT },
      ]
      const asked = kept.filter(
        ({ Action, at }) => (query.has('filters') ? Action === 'kill' : true) && at <= Number(query.get('until')) * 1e3,
      )
      response.end(events(...asked))
    })
    const handle = { id: 'c', containerId: 'c' }
    return (await testService({ engine }).observe([handle], { signal: signal() })).get('c')?.phase
  }

  it('was stopped where the engine remembers what was long before, and else it may have been restarted', async () => {
    expect(await phaseWhere(KILLED_AT - 120_000)).toBe('stopped')
    expect(await phaseWhere(KILLED_AT - 30_000)).toBe('failed')
  })
})

describe('an engine by ssh', () => {
  it('is asked many things at once over a few connections, and not kept waiting by a pull', async () => {
    const engine = await scriptedEngine((path, response) => {
      if (path === '/images/create') response.write('{"status":"Pulling"}\n')
      else if (path === '/info') setTimeout(() => json(response, { NCPU: 2 }), 30)
    })
    const starts = join(engine.folder, 'starts')
    await mkdir(join(engine.folder, 'bin'))
    await mkdir(starts)
    const program = `#!${process.execPath}
require('fs').writeFileSync('${starts}/' + process.pid, '')
const socket = require('net').connect('${engine.folder}/engine.sock')
process.stdin.pipe(socket).pipe(process.stdout)
`
    await writeFile(join(engine.folder, 'bin', 'ssh'), program, { mode: 0o755 })
    const path = process.env['PATH']
    process.env['PATH'] = `${join(engine.folder, 'bin')}:${path}`
    onTestFinished(() => void (process.env['PATH'] = path))
    const client = new EngineClient({ host: 'ssh://far' })
    const pulls = new AbortController()
    const pulled = Array.from({ length: 8 }, () => pullImage(client, IMAGE, { signal: pulls.signal }))
    const asked = Array.from({ length: 20 }, () => client.call('GET', '/info', { signal: signal() }))
    expect(await Promise.all(asked)).toHaveLength(20)
    await until('the pulls', async () => (await readdir(starts)).length >= 9)
    expect((await readdir(starts)).length).toBe(9)
    // Those that have no connection yet end as well.
    pulls.abort(new Error('enough'))
    for (const pull of pulled) await expect(pull).rejects.toThrow('enough')
  })
})
