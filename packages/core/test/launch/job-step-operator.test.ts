import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { expect, test } from 'vitest'

import { logChunkKey, resultKey } from '../../src/artifact/layout.ts'
import { SidestepError } from '../../src/errors.ts'
import type { LaunchEvent } from '../../src/events.ts'
import { SILENT_PROVIDER_MS } from '../../src/launch/result-in-silence.ts'
import { StopRequest } from '../../src/launch/stop-request.ts'
import { isDetached } from '../../src/launch/launch-error.ts'
import type { CallOptions, ProviderLogPage } from '../../src/operator/job-service.ts'
import type { LaunchContext, LaunchReport } from '../../src/operator/launch-context.ts'
import type { StepRunInfo } from '../../src/operator/step-run-info.ts'
import { DEFAULT_CANCEL, DEFAULT_RETRY, type CancelPolicies, type ResolvedTimeouts } from '../../src/step/policies.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { StoreJournal } from '../support/store-journal.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'

const COMMAND = ['node', 'step.mjs', '--spec', 'memory://spec']

async function setUp(
  changes: { timeouts?: ResolvedTimeouts; cancel?: Partial<CancelPolicies>; ownerNonce?: string } = {},
) {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const service = new ScriptedService(() => clock.date())
  const journal = new StoreJournal(store)
  const key = { runId: 'r', stepRunId: 'train-1', attempt: 1 }
  const record = journal.attempt(key)
  const reports: LaunchReport[] = []
  const stop = new AbortController()
  const info: StepRunInfo = {
    ...key,
    alternative: 0,
    runName: 'p',
    stepName: 'train',
    pipeline: { name: 'p', dockerSettings: {} },
    config: {
      resourceSettings: {},
      dockerSettings: {},
      timeouts: changes.timeouts ?? {},
      retry: DEFAULT_RETRY,
      cancel: { ...DEFAULT_CANCEL, ...changes.cancel },
      settings: {},
    },
    bundle: { path: '/bundle.mjs', uri: 'memory://bundle', sha256: 'b', requirements: [] },
    projectFolder: '/project',
  }
  const context: LaunchContext = {
    signal: stop.signal,
    environment: { GREETING: 'hi', TOKEN: 'value-of-the-secret', SIDESTEP_STORE: '{}' },
    secrets: { TOKEN: 'value-of-the-secret' },
    token: 'a'.repeat(32),
    journalId: 'j',
    artifactStore: store,
    ...(changes.ownerNonce === undefined ? {} : { ownerNonce: changes.ownerNonce }),
    report: (event: object) => void reports.push(event as LaunchReport),
    prepareEnvironment: async () => undefined,
    attempt: record,
  }
  const launch = async (): Promise<void> =>
    new ScriptedOperator(service, { clock, random: () => 0 }).launch(info, COMMAND, context)
  /** Lets file calls come back, and time go on until the condition holds. */
  const until = async (condition: () => boolean): Promise<void> => {
    for (let n = 0; n < 500 && !condition(); n += 1) {
      await settle()
      await clock.advance(50)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(condition()).toBe(true)
  }
  return {
    store,
    info,
    clock,
    service,
    record,
    reports,
    stop,
    launch,
    until,
    [Symbol.asyncDispose]: async () => store[Symbol.asyncDispose](),
  }
}

function outcome(launching: Promise<void>): { readonly value: { error?: unknown; ok?: true } } {
  const state: { value: { error?: unknown; ok?: true } } = { value: {} }
  launching.then(
    () => (state.value = { ok: true }),
    (error: unknown) => (state.value = { error }),
  )
  return state
}

test('what keeps the facts of a request waiting is a warning', async () => {
  await using setup = await setUp()
  setup.service.facts = async (_info, { warn }) => {
    warn?.('npm gets no answer from registry.example, trying again (ECONNREFUSED)')
    throw new Error('no facts')
  }
  await expect(setup.launch()).rejects.toThrow('no facts')
  const message = 'npm gets no answer from registry.example, trying again (ECONNREFUSED)'
  expect(setup.reports).toContainEqual({ type: 'warning', message })
})

test('a launch writes the intent, the create and the handle before it goes on, in that order', async () => {
  await using setup = await setUp()
  const points: string[] = []
  const listen = (message: unknown): void => void points.push((message as LaunchEvent).point)
  subscribe('sidestep:launch', listen)
  const end = outcome(setup.launch())
  await setup.until(() => setup.service.jobs.size === 1)
  setup.service.move(undefined, 'succeeded')
  await setup.until(() => end.value.ok === true)
  unsubscribe('sidestep:launch', listen)
  expect(points.slice(0, 12)).toEqual([
    '2.prepare:before',
    '2.prepare:after',
    '3.intent:before',
    '3.intent:after',
    '3.create-record:before',
    '3.create-record:after',
    '4.submit:before',
    '4.submit:after',
    '6.handle:before',
    '6.handle:after',
    '7.observe:before',
    '7.observe:after',
  ])
  const state = await setup.record.read()
  expect(state.creates).toHaveLength(1)
  expect(state.creates[0]?.nonce).toBe(setup.service.nonces[0])
  expect(JSON.stringify(state)).not.toContain('value-of-the-secret')
  expect(state.intent).toMatchObject({
    scope: 'memory',
    request: { command: COMMAND, environment: { GREETING: 'hi' }, secretNames: ['TOKEN'] },
  })
  expect(setup.service.secretsSeen).toEqual([{ TOKEN: 'value-of-the-secret' }])
})

test('launched again, the job is found by its handle: nothing is prepared or created', async () => {
  await using setup = await setUp()
  outcome(setup.launch())
  await setup.until(() => setup.reports.some(({ type }) => type === 'handle'))
  const again = outcome(setup.launch())
  setup.service.move(undefined, 'succeeded')
  await setup.until(() => again.value.ok === true)
  expect(setup.service.creates).toBe(1)
})

test('a create whose answer is lost after its effect is adopted; one that was lost before it is repeated with a new nonce', async () => {
  await using setup = await setUp()
  setup.service.faults.push('lost-before', 'lost-after')
  const end = outcome(setup.launch())
  await setup.until(() => setup.reports.some(({ type }) => type === 'handle'))
  expect(setup.service.creates).toBe(2)
  expect(setup.service.jobs.size).toBe(1)
  expect(new Set(setup.service.nonces).size).toBe(2)
  setup.service.move(undefined, 'succeeded')
  await setup.until(() => end.value.ok === true)
})

test('a launcher that died between create and handle is followed by one that looks first', async () => {
  await using setup = await setUp()
  setup.service.faults.push('lost-after')
  setup.service.find = () => {
    throw new Error('not reachable either')
  }
  const first = outcome(setup.launch())
  await setup.until(() => first.value.error !== undefined)
  setup.service.find = ScriptedService.prototype.find.bind(setup.service)
  const second = outcome(setup.launch())
  await setup.until(() => setup.reports.some(({ type }) => type === 'handle'))
  expect(setup.service.creates).toBe(1)
  setup.service.move(undefined, 'succeeded')
  await setup.until(() => second.value.ok === true)
})

test('a definite refusal is not repeated', async () => {
  await using setup = await setUp()
  setup.service.faults.push('refused')
  const end = outcome(setup.launch())
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).toMatchObject({ kind: 'quota' })
  expect(setup.service.creates).toBe(1)
})

test('a job under our name that is not the one prepared is left alone', async () => {
  await using setup = await setUp()
  setup.service.faults.push('lost-after')
  setup.service.submit = new Proxy(setup.service.submit, {
    apply: (target, self, [request, options]) =>
      Reflect.apply(target, self, [request, { ...options, fingerprint: 'another' }]),
  })
  const end = outcome(setup.launch())
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).toMatchObject({ code: 'LAUNCH_CONFLICT' })
  expect(setup.service.cancels).toEqual([])
})

test.each([
  ['queue', { queueMs: 5_000 }, 'queued'],
  ['run', { runMs: 5_000 }, 'running'],
  ['total', { totalMs: 5_000 }, 'running'],
] as const)('the %s budget cancels the job and is a timeout', async (budget, timeouts, phase) => {
  await using setup = await setUp({ timeouts })
  const end = outcome(setup.launch())
  await setup.until(() => setup.service.jobs.size === 1)
  if (phase === 'running') setup.service.move(undefined, 'running')
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).toMatchObject({
    kind: 'timeout',
    message: expect.stringContaining(`its ${budget} timeout of 5.0s`),
  })
  expect(setup.service.cancels).toHaveLength(1)
  expect(setup.clock.now()).toBeLessThan(12_000)
})

test("the provider's clock decides a budget: a job that ran out before it was looked at is believed only after another look", async () => {
  await using setup = await setUp({ timeouts: { runMs: 60_000 } })
  const end = outcome(setup.launch())
  await setup.until(() => setup.service.jobs.size === 1)
  setup.service.move(undefined, 'running')
  await setup.until(() =>
    setup.reports.some((report) => report.type === 'observed' && report.observation.phase === 'running'),
  )
  // The machine sleeps for an hour; the job has meanwhile succeeded.
  setup.service.move(undefined, 'succeeded')
  await setup.clock.advance(3_600_000)
  await setup.until(() => end.value.ok === true)
  expect(setup.service.cancels).toEqual([])
})

test('a deadline is not believed before the provider has answered once more', async () => {
  await using setup = await setUp({ timeouts: { queueMs: 2_000 } })
  const end = outcome(setup.launch())
  await setup.until(() => setup.service.jobs.size === 1)
  await setup.until(() => setup.reports.some(({ type }) => type === 'observed'))
  // The job has left the queue in time, and the provider takes long to say so.
  setup.service.move(undefined, 'running')
  const answer = Promise.withResolvers<void>()
  const observe = setup.service.observe
  setup.service.observe = async (handles) => {
    await answer.promise
    return observe(handles)
  }
  await setup.clock.advance(10_000)
  expect(setup.service.cancels).toEqual([])
  answer.resolve()
  await setup.until(() =>
    setup.reports.some((report) => report.type === 'observed' && report.observation.phase === 'running'),
  )
  setup.service.move(undefined, 'succeeded')
  await setup.until(() => end.value.ok === true)
  expect(setup.service.cancels).toEqual([])
})

test('a provider that remembers no phases: the run budget counts from the first look that saw it run', async () => {
  await using setup = await setUp({ timeouts: { runMs: 5_000 } })
  const end = outcome(setup.launch())
  await setup.until(() => setup.service.jobs.size === 1)
  const [job] = setup.service.jobs.values()
  if (job !== undefined) job.observation = { phase: 'running', at: setup.clock.date().toISOString() }
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).toMatchObject({ kind: 'timeout' })
  expect(setup.clock.now()).toBeLessThan(12_000)
})

test('a cancel that is refused for good leaves the attempt open: its job still runs', async () => {
  await using setup = await setUp()
  setup.service.cancel = async () => {
    throw new SidestepError('not allowed', { code: 'LAUNCH_FAILED', kind: 'auth' })
  }
  const end = outcome(setup.launch())
  await setup.until(() => setup.service.jobs.size === 1)
  setup.stop.abort(new StopRequest('signal'))
  await setup.until(() => end.value.error !== undefined)
  expect(isDetached(end.value.error)).toBe(true)
  expect(end.value.error).toMatchObject({ kind: 'auth', message: expect.stringContaining('left running') })
})

test('a job that has taken the attempt is found by its nonce, others are cancelled, and none is created', async () => {
  await using setup = await setUp({ ownerNonce: 'the-owner' })
  const labels = { runId: 'r', stepRunId: 'train-1', attempt: 1, token: 'a'.repeat(32), journalId: 'j' }
  const observation = { phase: 'running', at: setup.clock.date().toISOString() } as const
  await setup.record.create({ n: 1, nonce: 'the-owner', deadline: setup.clock.date().toISOString() })
  setup.service.jobs.set('idle', { handle: { id: 'idle' }, labels, nonce: 'another', fingerprint: '', observation })
  const end = outcome(setup.launch())
  await setup.clock.advance(5_000)
  setup.service.jobs.set('busy', { handle: { id: 'busy' }, labels, nonce: 'the-owner', fingerprint: '', observation })
  await setup.until(() => setup.reports.some((report) => report.type === 'handle'))
  expect(setup.service.cancels).toEqual(['idle'])
  expect(setup.service.creates).toBe(0)
  setup.service.move('busy', 'succeeded')
  await setup.until(() => end.value.ok === true)
})

test('where creating twice makes two jobs, another create waits until the first one would show', async () => {
  await using setup = await setUp()
  Object.defineProperty(setup.service, 'secondCreateAfterMs', { value: 30_000 })
  setup.service.faults.push('lost-before')
  const end = outcome(setup.launch())
  await setup.until(() => setup.service.creates === 1)
  await setup.clock.advance(25_000)
  expect(setup.service.creates).toBe(1)
  await setup.until(() => setup.service.creates === 2)
  // 10 s until the answer counts as lost, and 30 s until it would be listed.
  expect(setup.clock.now()).toBeGreaterThan(39_000)
  await setup.until(() => setup.service.jobs.size === 1)
  setup.service.move(undefined, 'succeeded')
  await setup.until(() => end.value.ok === true)
})

test.each(['signal', 'abort', 'sibling'] as const)(
  'a stop by %s cancels the job and waits for its end, however often the cancel has to be asked for',
  async (cause) => {
    await using setup = await setUp()
    const end = outcome(setup.launch())
    await setup.until(() => setup.service.jobs.size === 1)
    setup.service.cancelFailures = 3
    setup.stop.abort(new StopRequest(cause))
    await setup.until(() => end.value.error !== undefined)
    expect(end.value.error).toMatchObject({ kind: 'stopped' })
    expect(setup.service.cancels).toHaveLength(1)
  },
)

test('a stop during the create waits for it, records the handle, and then cancels', async () => {
  await using setup = await setUp()
  const gate = Promise.withResolvers<void>()
  const submit = setup.service.submit
  setup.service.submit = async (...call) => {
    const handle = await submit(...call)
    await gate.promise
    return handle
  }
  const end = outcome(setup.launch())
  await setup.until(() => setup.service.jobs.size === 1)
  setup.stop.abort(new StopRequest('signal'))
  await settle()
  expect(end.value).toEqual({})
  expect((await setup.record.read()).handle).toBeUndefined()
  gate.resolve()
  await setup.until(() => end.value.error !== undefined)
  expect((await setup.record.read()).handle).toBeDefined()
  expect(setup.service.cancels).toHaveLength(1)
})

test('a stop before the create creates nothing', async () => {
  await using setup = await setUp()
  setup.stop.abort(new StopRequest('signal'))
  const end = outcome(setup.launch())
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).toMatchObject({ kind: 'stopped' })
  expect(setup.service.creates).toBe(0)
})

test('the policy detach leaves the job alone, and cancel does not wait for its end', async () => {
  await using detached = await setUp({ cancel: { onSignal: 'detach' } })
  const one = outcome(detached.launch())
  await detached.until(() => detached.service.jobs.size === 1)
  detached.stop.abort(new StopRequest('signal'))
  await detached.until(() => one.value.error !== undefined)
  expect(isDetached(one.value.error)).toBe(true)
  expect(detached.service.cancels).toEqual([])

  await using asked = await setUp({ cancel: { onSignal: 'cancel' } })
  asked.service.move = () => undefined
  const two = outcome(asked.launch())
  await asked.until(() => asked.service.jobs.size === 1)
  asked.stop.abort(new StopRequest('signal'))
  await asked.until(() => two.value.error !== undefined)
  expect(isDetached(two.value.error)).toBe(true)
  expect(asked.service.cancels).toHaveLength(1)
})

test('success that is seen after a cancel request is success', async () => {
  await using setup = await setUp()
  setup.service.cancel = async ({ id }) => setup.service.move(id, 'succeeded')
  const end = outcome(setup.launch())
  await setup.until(() => setup.service.jobs.size === 1)
  setup.stop.abort(new StopRequest('abort'))
  await setup.until(() => end.value.ok === true)
  expect(end.value).toEqual({ ok: true })
})

// A right that was taken away kept a run waiting that had long succeeded.
test('a provider that says nothing any more is not waited for where the job has left its result', async () => {
  await using setup = await setUp()
  const { service, store, info, clock } = setup
  const end = outcome(setup.launch())
  await setup.until(() => service.jobs.size === 1)
  service.move(undefined, 'running')
  service.observe = async () => {
    throw new Error('you may not look')
  }
  await clock.advance(SILENT_PROVIDER_MS)
  await setup.until(() => setup.reports.some(({ type }) => type === 'warning'))
  expect(end.value).toEqual({})
  await store.put(resultKey(info), Buffer.from('{}'))
  await clock.advance(60_000)
  await setup.until(() => end.value.ok === true)
  const message = expect.stringContaining('has left its result') as string
  expect(setup.reports).toContainEqual({ type: 'warning', message })
})

test('a provider that is seldom asked is no silent one', async () => {
  await using setup = await setUp()
  const { service, store, info, clock } = setup
  const everyMs = 2 * SILENT_PROVIDER_MS
  Object.assign(service, { pollIntervalMs: { min: everyMs, max: everyMs } })
  const end = outcome(setup.launch())
  await setup.until(() => setup.reports.some(({ type }) => type === 'observed'))
  const asked: string[] = []
  const stat = store.stat.bind(store)
  store.stat = async (key, options) => {
    asked.push(key)
    return stat(key, options)
  }
  await clock.advance(everyMs - 60_000)
  expect(asked).not.toContain(resultKey(info))
  service.move(undefined, 'succeeded')
  await clock.advance(60_000)
  await setup.until(() => end.value.ok === true)
  expect(setup.reports.filter(({ type }) => type === 'warning')).toEqual([])
})

test("the provider's reason, kind and log are in the error of a job that failed", async () => {
  await using setup = await setUp()
  const end = outcome(setup.launch())
  await setup.until(() => setup.service.jobs.size === 1)
  setup.service.move(undefined, 'failed', { kind: 'preempted', reason: 'the spot machine was taken', exitCode: 137 })
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).toMatchObject({
    kind: 'preempted',
    message: 'the spot machine was taken',
    job: { exitCode: 137, lastLogLines: ['from the provider'] },
  })
})

// Each page said that there was more: the launch never came to its end.
test('the log of a provider that has no end is read for as long as a create may take, and what came is shown', async () => {
  await using setup = await setUp()
  const { service } = setup
  const endless = async (_: unknown, __: unknown, { signal }: CallOptions): Promise<ProviderLogPage> => {
    signal.throwIfAborted()
    await new Promise(setImmediate)
    return { lines: ['again'], cursor: 'x', more: true }
  }
  Object.assign(service, { createTimeoutMs: 100, logs: endless })
  const end = outcome(setup.launch())
  await setup.until(() => service.jobs.size === 1)
  service.move(undefined, 'failed', { exitCode: 1 })
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).toMatchObject({ job: { lastLogLines: Array.from({ length: 20 }, () => 'again') } })
  const message = expect.stringContaining("the provider's log could not be read to its end") as string
  expect(setup.reports).toContainEqual({ type: 'warning', message })
})

test('the log of a provider is not asked for where the job has left lines of its own', async () => {
  await using setup = await setUp()
  const { service, store, info } = setup
  const end = outcome(setup.launch())
  await setup.until(() => service.jobs.size === 1)
  const line = { n: 1, at: new Date(0).toISOString(), stream: 'stdout', text: 'from the job' }
  await store.put(logChunkKey({ ...info, incarnation: 1 }, 1), Buffer.from(`${JSON.stringify(line)}\n`))
  service.move(undefined, 'failed', { exitCode: 1 })
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).not.toHaveProperty('job.lastLogLines')
  expect(service.logCalls).toBe(0)
})

test('the log of a provider is not asked for where the operator does not declare it', async () => {
  await using setup = await setUp()
  const { service } = setup
  service.hasLogs = false
  const end = outcome(setup.launch())
  await setup.until(() => service.jobs.size === 1)
  service.move(undefined, 'failed', { exitCode: 1 })
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).toMatchObject({ job: { exitCode: 1 } })
  expect(end.value.error).not.toHaveProperty('job.lastLogLines')
  expect(service.logCalls).toBe(0)
})

test('an intent of another scope is refused', async () => {
  await using setup = await setUp()
  await setup.record.intent({ version: 1, flavor: 'scripted', scope: 'elsewhere', request: {}, fingerprint: '' })
  const end = outcome(setup.launch())
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).toMatchObject({ code: 'LAUNCH_CONFLICT', kind: 'config' })
})

test('a create that waits longer for its turn than it may take is sent once, when its turn comes', async () => {
  await using setup = await setUp()
  const { service, clock, record } = setup
  service.turn = async (labels, { signal }) => {
    expect(labels.token).toBe('a'.repeat(32))
    await clock.sleep(2 * service.createTimeoutMs, { signal })
  }
  const end = outcome(setup.launch())
  await setup.until(() => service.creates === 1)
  const [create] = (await record.read()).creates
  // The time that it may take begins when it is sent.
  const sentAtMs = Date.parse(create?.deadline ?? '') - service.createTimeoutMs
  expect(sentAtMs).toBe(new Date('2026-01-01T00:00:00Z').getTime() + 2 * service.createTimeoutMs)
  service.move(undefined, 'succeeded')
  await setup.until(() => end.value.ok === true)
  expect(service.creates).toBe(1)
  expect(service.finds).toBe(0)
})

test('a stop while a create waits for its turn creates nothing', async () => {
  await using setup = await setUp()
  const { service, clock, record } = setup
  let waits = false
  service.turn = async (_labels, { signal }) => {
    waits = true
    await clock.sleep(3_600_000, { signal })
  }
  const end = outcome(setup.launch())
  await setup.until(() => waits)
  setup.stop.abort(new StopRequest('signal'))
  await setup.until(() => end.value.error !== undefined)
  expect(end.value.error).toMatchObject({ kind: 'stopped' })
  expect(service.creates).toBe(0)
  expect((await record.read()).creates).toEqual([])
  expect(clock.now()).toBeLessThan(3_600_000)
})
