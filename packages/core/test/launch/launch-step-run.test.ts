import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { heartbeatKey, ownerKey, resultKey } from '../../src/artifact/layout.ts'
import { SidestepError, type FailureKind } from '../../src/errors.ts'
import { isDetached, isUndecided } from '../../src/launch/launch-error.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import type { AttemptEnding } from '../../src/launch/step-run-launch.ts'
import { StopRequest } from '../../src/launch/stop-request.ts'
import type { Capabilities } from '../../src/operator/base-step-operator.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { PlainOperator, type Launch } from '../support/plain-operator.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch, type StepLaunchChanges } from '../support/step-launch.ts'

async function setUp(launch: Launch, changes: StepLaunchChanges & { capabilities?: Partial<Capabilities> } = {}) {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const warnings: string[] = []
  const step = stepLaunch(new PlainOperator(launch, changes.capabilities), { store, clock, ...changes })
  step.observer.report = (_attempt, event) => {
    if (event.type === 'warning') warnings.push(event.message)
  }
  const until = (condition: () => boolean, stepMs?: number): Promise<void> => advanceUntil(clock, condition, stepMs)
  return { store, clock, step, warnings, until, [Symbol.asyncDispose]: async () => store[Symbol.asyncDispose]() }
}

async function takeAttempt(store: FolderStore, n: number, nonce: string): Promise<void> {
  await store.put(ownerKey(attempt(n)), encodeJson({ nonce, host: 'h', pid: 1, at: '' }))
}

const success = (nonce: string): Uint8Array =>
  encodeJson({ version: 1, status: 'succeeded', nonce, incarnation: 1, finishedAt: '', outputs: {} })

function refusal(kind: FailureKind): SidestepError {
  return new SidestepError('lost sight of it', { code: 'JOB_FAILED', kind })
}

test('where no job has begun, the attempt is closed before the next one, so that none can begin', async () => {
  const launches: number[] = []
  await using setup = await setUp(
    async ({ attempt: n }) => {
      launches.push(n)
      if (n === 1) throw refusal('capacity')
      await setup.store.put(resultKey(attempt(2)), success(''))
    },
    { retry: { maxAttempts: 2, on: ['capacity'] } },
  )
  const run = launchStepRun(setup.step)
  let done = false
  void run.then(() => (done = true))
  await setup.until(() => done)
  expect(launches).toEqual([1, 2])
  const owner = JSON.parse(Buffer.from((await setup.store.get(ownerKey(attempt(1)))) ?? []).toString())
  expect(owner).toMatchObject({ closed: 'lost sight of it' })
})

test("without capacity the next attempt takes the next of the operator's alternatives, without a retry", async () => {
  const taken: (readonly [number, number])[] = []
  await using setup = await setUp(async ({ attempt: n, alternative }) => {
    taken.push([n, alternative])
    if (n < 3) throw refusal(n === 1 ? 'quota' : 'capacity')
    await setup.store.put(resultKey(attempt(3)), success(''))
  })
  const asked: object[] = []
  Object.assign(setup.step.operator, { alternativesOf: (config: object) => asked.push(config) && 3 })
  let done = false
  void launchStepRun(setup.step).then(() => (done = true))
  await setup.until(() => done)
  expect(taken).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
  ])
  expect(asked).toEqual([setup.step.info.config, setup.step.info.config])
})

test('a job that has begun and is out of sight is waited for while it beats, and its result counts', async () => {
  await using setup = await setUp(
    async ({ attempt: n }, { environment }) => {
      expect(n).toBe(1)
      await takeAttempt(setup.store, 1, environment['SIDESTEP_NONCE'] ?? '')
      throw refusal('infra')
    },
    { retry: { maxAttempts: 3, on: ['infra'] } },
  )
  let manifest: object | undefined
  void launchStepRun(setup.step).then((value) => (manifest = value))
  const beats = heartbeatKey({ ...attempt(1), incarnation: 1 })
  for (let n = 0; n < 10; n += 1) {
    await setup.store.put(beats, encodeJson({ n }))
    for (let second = 0; second < 30; second += 5) {
      await setup.clock.advance(5_000)
      await sleep(2)
    }
    expect(manifest).toBeUndefined()
  }
  expect(setup.warnings.join()).toContain('may still run')
  await setup.store.put(resultKey(attempt(1)), success('x'))
  await setup.until(() => manifest !== undefined)
  expect(manifest).toMatchObject({ status: 'succeeded' })
})

test('a job that has begun and fell silent is infra', async () => {
  await using setup = await setUp(async (_info, { environment }) => {
    await takeAttempt(setup.store, 1, environment['SIDESTEP_NONCE'] ?? '')
    throw refusal('capacity')
  })
  let failure: unknown
  launchStepRun(setup.step).catch((error: unknown) => (failure = error))
  await setup.until(() => failure !== undefined, 5_000)
  expect(failure).toMatchObject({ kind: 'infra' })
  // For so long it goes on trying to reach its store.
  expect(setup.clock.now()).toBeGreaterThan(14.9 * 60_000)
})

test('an operator that says for certain how its job ended is believed at once', async () => {
  await using setup = await setUp(async (_info, { environment }) => {
    await takeAttempt(setup.store, 1, environment['SIDESTEP_NONCE'] ?? '')
    throw refusal('oom')
  })
  await expect(launchStepRun(setup.step)).rejects.toMatchObject({ kind: 'oom' })
  expect(setup.clock.now()).toBe(0)
})

test('an operator that adopts is launched again with another nonce, and both are recorded', async () => {
  const nonces: (string | undefined)[] = []
  await using setup = await setUp(
    async (_info, { environment }) => {
      nonces.push(environment['SIDESTEP_NONCE'])
      if (nonces.length === 1) await new Promise(() => undefined)
      await setup.store.put(resultKey(attempt(1)), success(''))
    },
    { capabilities: { adopt: true } },
  )
  void launchStepRun(setup.step)
  while (nonces.length === 0) await sleep(1)
  await launchStepRun(setup.step)
  const { creates } = await setup.step.journal.attempt(attempt(1)).read()
  expect(creates.map(({ nonce }) => nonce)).toEqual(nonces)
})

test('a plain launch that takes longer than its timeout is told to stop, and is a timeout', async () => {
  await using setup = await setUp(
    async (_info, { signal }) => {
      await sleep(60_000, undefined, { signal })
    },
    { timeouts: { runMs: 20_000 } },
  )
  const run = outcomeOf(launchStepRun(setup.step))
  await setup.until(() => run.done)
  expect(run.error).toMatchObject({ kind: 'timeout', code: 'STEP_TIMEOUT' })
})

test('a plain launch whose job ended because it was told to stop has stopped, whatever its exit code says', async () => {
  const controller = new AbortController()
  await using setup = await setUp(
    async (_info, { signal }) => {
      controller.abort(new StopRequest('signal'))
      expect(signal.aborted).toBe(true)
      throw new SidestepError('nice ended with 143', { code: 'JOB_FAILED', kind: 'step' })
    },
    { signal: controller.signal, retry: { maxAttempts: 2, on: ['step'] } },
  )
  const run = outcomeOf(launchStepRun(setup.step))
  await setup.until(() => run.done)
  const message = expect.stringContaining('the process was told to stop')
  expect(run.error).toMatchObject({ kind: 'stopped', code: 'STEP_STOPPED', message })
})

test('a plain launch may have a timeout that is longer than any timer of Node.js', async () => {
  await using setup = await setUp(
    async (_info, { signal }) => {
      await sleep(30, undefined, { signal })
      await setup.store.put(resultKey(attempt(1)), success('x'))
    },
    { timeouts: { runMs: 30 * 86_400_000 } },
  )
  await expect(launchStepRun(setup.step)).resolves.toMatchObject({ nonce: 'x' })
})

test('where the store stays away, the attempt stays open and its job is said to be left', async () => {
  await using setup = await setUp(async (_info, context) => {
    context.report({ type: 'handle', handle: { id: 'job-1' } })
    setup.store.get = async () => {
      throw new SidestepError('the store is away', { code: 'STORE_FAILED', kind: 'infra' })
    }
    throw refusal('oom')
  })
  let ended: AttemptEnding | undefined
  setup.step.observer.ended = async (_attempt, end) => void (ended = end)
  const failure: unknown = await launchStepRun({ ...setup.step, store: setup.store }).catch((error: unknown) => error)
  expect(ended).toEqual({ error: failure, willRetry: false, undecided: true })
  expect(isDetached(failure)).toBe(false)
  expect(isUndecided(failure)).toBe(true)
  expect(failure).toMatchObject({ kind: 'infra', code: 'STORE_FAILED', job: { handle: { id: 'job-1' } } })
})

test.each([
  ['JOURNAL_FAILED', new SidestepError('the disk is full', { code: 'JOURNAL_FAILED', kind: 'infra' })],
  ['INTERNAL', new TypeError('a fault')],
] as const)('where its end cannot be written (%s), nothing is decided', async (code, error) => {
  await using setup = await setUp(async () => {
    throw refusal('oom')
  })
  const { journal } = setup.step
  const record = Object.assign(journal.attempt(attempt(1)), {
    ended: async () => {
      throw error
    },
  })
  const step = { ...setup.step, journal: { id: journal.id, attempt: () => record } }
  const failure: unknown = await launchStepRun(step).catch((thrown: unknown) => thrown)
  expect(failure).toMatchObject({ code })
  expect(isUndecided(failure)).toBe(true)
})

test('a failure that was decided is neither detached nor undecided, and so is a stop between two attempts', async () => {
  const stop = new AbortController()
  await using setup = await setUp(
    async () => {
      throw refusal('capacity')
    },
    { retry: { maxAttempts: 2, on: ['capacity'] }, signal: stop.signal },
  )
  const ends: AttemptEnding[] = []
  setup.step.observer.ended = async (_attempt, end) => void ends.push(end)
  const run = outcomeOf(launchStepRun(setup.step))
  while (ends.length === 0) await sleep(1)
  stop.abort(new StopRequest('signal'))
  await setup.until(() => run.done)
  expect(ends).toMatchObject([{ error: { kind: 'capacity' }, willRetry: true }])
  expect(run.error).toMatchObject({ kind: 'stopped', code: 'STEP_STOPPED' })
  for (const error of [ends[0]?.error, run.error]) {
    expect(isDetached(error)).toBe(false)
    expect(isUndecided(error)).toBe(false)
  }
})

test('what an operator reports in words of its own is shown as it is', async () => {
  const lines: string[] = []
  await using setup = await setUp(async (_info, context) => {
    context.report({ colour: 'blue' })
    await setup.store.put(resultKey(attempt(1)), success(''))
  })
  const { observer } = setup.step
  observer.report = (_attempt, event) => {
    if (event.type === 'log') lines.push(event.line)
  }
  await launchStepRun(setup.step)
  expect(lines).toEqual(['{"colour":"blue"}'])
})

test('a job that an earlier launcher began is waited for with one sentence, and its success needs no other', async () => {
  await using setup = await setUp(async () => undefined)
  await setup.step.journal.attempt(attempt(1)).create({ n: 1, nonce: 'x', deadline: '2026-01-02T00:00:00Z' })
  await takeAttempt(setup.store, 1, 'x')
  const run = outcomeOf(launchStepRun(setup.step))
  await setup.until(() => setup.warnings.length > 0)
  await setup.store.put(resultKey(attempt(1)), success('x'))
  await setup.until(() => run.done, 5_000)
  expect(run.value).toMatchObject({ status: 'succeeded' })
  expect(setup.warnings).toEqual(['its job, which an earlier launcher began, may still run, and is waited for'])
})

test('a launch() that resolves and leaves nothing is told what it owes', async () => {
  await using setup = await setUp(async () => undefined)
  await expect(launchStepRun(setup.step)).rejects.toMatchObject({
    kind: 'infra',
    message: 'the step train failed: launch() of the step operator plain has resolved, but its job left no result',
    hint: expect.stringMatching(
      /^launch\(\) has to resolve when the job has ended, .*`context\.environment` must reach/,
    ),
  })
})

test('an error that launch() throws and that says nothing is the operator’s own', async () => {
  const mistake = new TypeError('folder.join is not a function')
  await using setup = await setUp(async () => {
    throw mistake
  })
  await expect(launchStepRun(setup.step)).rejects.toMatchObject({
    code: 'LAUNCH_FAILED',
    cause: mistake,
    hint: 'The step operator plain itself failed, not the step: see what its launch() did.',
  })
})

test('what is misshaped is warned of once', async () => {
  await using setup = await setUp(async (_info, context) => {
    for (let n = 0; n < 3; n += 1) context.report({ type: 'log', text: 'x' })
    await setup.store.put(resultKey(attempt(1)), success(''))
  })
  await launchStepRun(setup.step)
  expect(setup.warnings).toEqual([expect.stringContaining("Right is { type: 'log', line }")])
})

test('a job that ended and never began for its store is told what may be missing; one that ended with 75, too', async () => {
  const ended = (exitCode?: number) => async () => {
    const job = exitCode === undefined ? {} : { job: { exitCode } }
    throw new SidestepError('node ended with 75', { code: 'JOB_FAILED', kind: 'step', ...job })
  }
  await using unsigned = await setUp(ended())
  await expect(launchStepRun(unsigned.step)).rejects.toMatchObject({
    kind: 'step',
    message: 'the step train failed: node ended with 75',
    hint: expect.stringContaining('All of `context.environment` must reach its process.'),
  })
  await using away = await setUp(ended(75))
  await expect(launchStepRun(away.step)).rejects.toMatchObject({
    hint: expect.stringContaining('does not reach its artifact store'),
    job: { exitCode: 75 },
  })
  await using begun = await setUp(async (_info, { environment }) => {
    await takeAttempt(begun.store, 1, environment['SIDESTEP_NONCE'] ?? '')
    return ended()()
  })
  const failure = await launchStepRun(begun.step).catch((error: unknown) => error)
  expect(failure).toMatchObject({ kind: 'step', hint: undefined })
})
