import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { expect, onTestFinished, test } from 'vitest'

import { decodeJson } from '../../src/artifact/json-object.ts'
import { intentKey, resultKey, specKey } from '../../src/artifact/layout.ts'
import type { JobSpec } from '../../src/entrypoint/job-spec.ts'
import { configError, SidestepError, type FailureKind } from '../../src/errors.ts'
import type { LaunchEvent, LaunchPoint } from '../../src/events.ts'
import type { BuiltImage } from '../../src/image/image-builder.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import type { AttemptReport, StepRunLaunch } from '../../src/launch/step-run-launch.ts'
import { StopRequest } from '../../src/launch/stop-request.ts'
import type { Capabilities } from '../../src/operator/base-step-operator.ts'
import type { StepRunInfo } from '../../src/operator/step-run-info.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { mortal, type Life } from '../support/mortal.ts'
import { PlainOperator } from '../support/plain-operator.ts'
import { ScriptedJobs, success } from '../support/scripted-jobs.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch, type StepLaunchChanges } from '../support/step-launch.ts'
import { StoreJournal } from '../support/store-journal.ts'

class InImages extends ScriptedOperator {
  override readonly capabilities: Capabilities = {
    image: 'required',
    adopt: true,
    logs: true,
    cancel: true,
    multiNode: false,
    resources: [],
  }
}

function imageCalled(letter: string): BuiltImage {
  return { image: `r.test/steps@sha256:${letter.repeat(64)}`, command: ['node', '/opt/sidestep/step.mjs'] }
}

/** A provider whose requests name the image, and what it was told of it. */
function provider(clock: FakeClock) {
  const service = new ScriptedService(() => clock.date())
  const prepare = service.prepare
  service.prepare = (job) => Object.assign(prepare(job), { image: job.info.image })
  return service
}

async function stored<T>(store: FolderStore, key: string): Promise<T> {
  return decodeJson((await store.get(key)) ?? Buffer.from('null'), key) as T
}

async function setUp(changes: StepLaunchChanges = {}) {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const service = provider(clock)
  const jobs = new ScriptedJobs(service, store)
  const reports: AttemptReport[] = []
  const launch = (buildImage: StepRunLaunch['buildImage']): StepRunLaunch => ({
    ...stepLaunch(new InImages(service, { clock, random: () => 0 }), { store, clock, ...changes }),
    ...(buildImage === undefined ? {} : { buildImage }),
    observer: { started: () => undefined, report: (_key, event) => reports.push(event), ended: async () => undefined },
  })
  const untilDone = async (outcome: { readonly done: boolean }): Promise<void> =>
    advanceUntil(clock, () => {
      void jobs.runQueued()
      return outcome.done
    })
  return {
    store,
    clock,
    service,
    jobs,
    reports,
    launch,
    untilDone,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

/** A launcher with the image `a` that is gone at a point. */
async function begunAndDied(
  setup: Pick<Awaited<ReturnType<typeof setUp>>, 'store' | 'service' | 'clock' | 'launch'>,
  point: LaunchPoint,
): Promise<void> {
  const { store, service, clock } = setup
  const life: Life = { dead: false }
  const die = (message: unknown): void => {
    if ((message as LaunchEvent).point === point) life.dead = true
  }
  subscribe('sidestep:launch', die)
  onTestFinished(() => void unsubscribe('sidestep:launch', die))
  const mortalStore = mortal(store, life)
  const builder = mortal({ build: async () => imageCalled('a') }, life)
  void outcomeOf(
    launchStepRun({
      ...setup.launch(() => builder.build()),
      operator: new InImages(mortal(service, life), { clock, random: () => 0 }),
      store: mortalStore,
      journal: new StoreJournal(mortalStore),
    }),
  )
  await advanceUntil(clock, () => life.dead)
  unsubscribe('sidestep:launch', die)
}

test('no image is built for a step whose secret nothing in its job resolves, and nothing is made', async () => {
  await using setup = await setUp()
  const { store, service, clock } = setup
  const operator = Object.assign(new InImages(service, { clock, random: () => 0 }), { jobSecretSchemes: ['aws-ssm'] })
  let builds = 0
  const launch = setup.launch(async () => {
    builds += 1
    return imageCalled('a')
  })
  const launched = outcomeOf(launchStepRun({ ...launch, operator, secrets: { KEY: 'aws-smm:/prod/key' } }))
  await setup.untilDone(launched)
  expect(launched.error).toMatchObject({ code: 'SECRET_MISSING', kind: 'config' })
  expect([builds, service.creates, await store.get(specKey(attempt(1)))]).toEqual([0, 0, undefined])
})

test('the image is built before anything is created, told, and on record with the attempt', async () => {
  await using setup = await setUp()
  const { store, service, reports } = setup
  const launched = outcomeOf(
    launchStepRun(
      setup.launch(async (report) => {
        expect(service.creates).toBe(0)
        expect(await store.get(specKey(attempt(1)))).toBeUndefined()
        report('pushing 1 layer')
        return imageCalled('a')
      }),
    ),
  )
  await setup.untilDone(launched)
  expect(launched.error).toBeUndefined()
  const { request } = await stored<{ request: object }>(store, intentKey(attempt(1)))
  const { image } = imageCalled('a')
  expect(request).toMatchObject({
    image,
    command: ['node', '/opt/sidestep/step.mjs', '--spec', `${store.uri}/${specKey(attempt(1))}`],
  })
  expect((await stored<JobSpec>(store, specKey(attempt(1)))).image).toEqual(imageCalled('a'))
  expect(reports.slice(0, 2)).toEqual([
    { type: 'image-line', line: 'pushing 1 layer' },
    { type: 'image', image },
  ])
})

test.each([
  ['1.image:before', 'b'],
  ['1.image:after', 'b'],
  ['3.spec:before', 'b'],
  ['3.spec:after', 'b'],
  ['2.prepare:after', 'b'],
  ['3.intent:before', 'b'],
  ['3.intent:after', 'a'],
  ['3.create-record:after', 'a'],
  ['4.submit:before', 'a'],
  ['4.submit:after', 'a'],
  ['6.handle:before', 'a'],
  ['6.handle:after', 'a'],
] as const)(
  'a launcher that dies at %s: the next one, which would build another image, runs one job in the image %s',
  async (point: LaunchPoint, letter) => {
    await using setup = await setUp()
    const { store, service, jobs } = setup
    await begunAndDied(setup, point)

    let builds = 0
    const journal = await StoreJournal.takeOver(store, 'r', 2)
    const second = outcomeOf(
      launchStepRun({
        ...setup.launch(async () => {
          builds += 1
          return imageCalled('b')
        }),
        journal,
      }),
    )
    await setup.untilDone(second)
    expect(second).toMatchObject({ value: { status: 'succeeded', nonce: jobs.ran[0] } })
    expect([jobs.ran.length, service.jobs.size, builds]).toEqual([1, 1, letter === 'b' ? 1 : 0])
    const { request } = await stored<{ request: object }>(store, intentKey(attempt(1)))
    expect(request).toMatchObject({ image: imageCalled(letter).image })
    expect((await stored<JobSpec>(store, specKey(attempt(1)))).image).toEqual(imageCalled(letter))
  },
)

test('an attempt whose spec is gone is not run without the image that it was begun with', async () => {
  await using setup = await setUp()
  const { store, jobs } = setup
  await begunAndDied(setup, '3.intent:after')
  await store.delete(specKey(attempt(1)))
  const journal = await StoreJournal.takeOver(store, 'r', 2)
  const second = outcomeOf(launchStepRun({ ...setup.launch(async () => imageCalled('b')), journal }))
  await setup.untilDone(second)
  expect(second).toMatchObject({
    error: { code: 'ARTIFACT_CORRUPT', kind: 'infra', message: expect.stringContaining('is not there') as string },
  })
  expect(jobs.ran).toEqual([])
})

test('an operator with launch() only that is called again gets the image that it was called with', async () => {
  await using setup = await setUp()
  const { store, clock } = setup
  const seen: (string | undefined)[] = []
  const life: Life = { dead: false }
  const launchOf = (where: FolderStore, n: number, letter: string): StepRunLaunch => ({
    ...setup.launch(async () => imageCalled(letter)),
    operator: new PlainOperator(
      async (info: StepRunInfo) => {
        seen.push(info.image)
        if (n === 1) {
          life.dead = true
          await new Promise(() => undefined)
        }
        await store.put(resultKey(attempt(1)), success(''))
      },
      { image: 'required', adopt: true },
    ),
    store: where,
    journal: new StoreJournal(where, n),
  })
  void outcomeOf(launchStepRun(launchOf(mortal(store, life), 1, 'a')))
  await advanceUntil(clock, () => life.dead)
  await StoreJournal.takeOver(store, 'r', 2)
  await setup.untilDone(outcomeOf(launchStepRun(launchOf(store, 2, 'b'))))
  expect(seen).toEqual([imageCalled('a').image, imageCalled('a').image])
})

test.each<[FailureKind, number]>([
  ['config', 1],
  ['auth', 1],
  ['infra', 2],
])(
  'a build that fails with %s is the failure of the step, in %i attempt(s), and nothing is created',
  async (kind, n) => {
    await using setup = await setUp({ retry: { maxAttempts: 2, on: ['infra'] } })
    let builds = 0
    const failing = outcomeOf(
      launchStepRun(
        setup.launch(async () => {
          builds += 1
          throw new SidestepError('the registry refuses', { code: 'REGISTRY_FAILED', kind, hint: 'Log in.' })
        }),
      ),
    )
    await setup.untilDone(failing)
    expect(failing.error).toMatchObject({
      code: 'REGISTRY_FAILED',
      kind,
      hint: 'Log in.',
      message: 'the step train failed: the registry refuses',
    })
    expect([builds, setup.service.creates]).toEqual([n, 0])
    expect(await setup.store.get(intentKey(attempt(1)))).toBeUndefined()
    expect(await stored(setup.store, resultKey(attempt(n)))).toMatchObject({
      status: 'failed',
      settledBy: 'launcher',
      kind,
    })
  },
)

test('a stop ends the build, and the attempt is stopped whatever the builder makes of it', async () => {
  const stop = new AbortController()
  await using setup = await setUp({ signal: stop.signal })
  let building = false
  const stopped = outcomeOf(
    launchStepRun(
      setup.launch(async () => {
        building = true
        await new Promise((_resolve, reject) => {
          const error = configError('IMAGE_FAILED', 'the engine was cut off')
          stop.signal.addEventListener('abort', () => reject(error), { once: true })
        })
        return imageCalled('a')
      }),
    ),
  )
  await advanceUntil(setup.clock, () => building)
  stop.abort(new StopRequest('abort'))
  await setup.untilDone(stopped)
  expect(stopped.error).toMatchObject({ kind: 'stopped', code: 'STEP_STOPPED' })
  expect(setup.service.creates).toBe(0)
})
