import { setTimeout as sleep } from 'node:timers/promises'

import { isTerminal, type BaseStepOperator, type JobHandle, type SubmitOptions } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { waits } from '../../steps/jobs.ts'
import type { Check } from '../../test-function.ts'
import { settled } from '../../waiting.ts'
import { expectValue } from '../expect-value.ts'
import { jobServiceOf, type AnyJobService } from '../job-service-of.ts'
import { runUntilDeath, takeOver } from '../launcher-death.ts'
import { expectOneJobEach, observed } from '../one-job-each.ts'
import { aroundLaunch, replace, type LaunchInput } from '../other-launch.ts'
import { call, runCase } from '../run-case.ts'
import type { Opened, StepOperatorSubject } from '../subject.ts'

/** How long a launch that nobody waits for may take. */
const LATE_MS = 15_000

type Launch = BaseStepOperator<any, any>['launch']
/** Launches an attempt in another way than once. `other`: another component of the same configuration. */
type Around = (launch: Launch, other: Launch, ...input: LaunchInput) => Promise<void>

const REPEATED: Readonly<Record<string, Around>> = {
  'launch() twice at once': async (launch, _other, ...input) => anyOf([launch(...input), launch(...input)]),
  'launch() again after its end': async (launch, _other, ...input) => {
    await launch(...input)
    await launch(...input)
  },
  'launch() of two components at once': async (launch, other, ...input) => anyOf([launch(...input), other(...input)]),
  'launch() of another component after its end': async (launch, other, ...input) => {
    await launch(...input)
    await other(...input)
  },
}

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'an attempt that is launched again finds its job, and one that was closed runs no code of a job that comes late',
    run: async (subject) => {
      const { operator } = await subject.open()
      const { adopt } = operator.capabilities
      const service = jobServiceOf(operator)
      await Promise.all([
        ...(adopt ? [launchedAgain(subject)] : [launchedLate(subject)]),
        ...(adopt && service !== undefined ? [createdLate(subject)] : []),
      ])
    },
  },
]

async function launchedAgain(subject: StepOperatorSubject): Promise<void> {
  await Promise.all(
    Object.entries(REPEATED).map(async ([what, around], index) => {
      const [opened, { operator: other }] = await Promise.all([subject.open(), subject.open()])
      aroundLaunch(opened.operator, async (launch, ...input) =>
        around(launch, async (...again) => other.launch(...again), ...input),
      )
      const run = await runCase(subject, calls, [call(waits, { milliseconds: 300, value: index })], { opened })
      expectValue(run, index)
      await expectOneJobEach(run, what)
    }),
  )
}

/** The launch of an attempt that was closed meanwhile, as by a launcher that slept: its job must find that out. */
async function launchedLate(subject: StepOperatorSubject): Promise<void> {
  const runId = `${subject.place.name}-late`
  const called = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const over = Promise.withResolvers<unknown>()
  const open = async (): Promise<Opened> => {
    const opened = await subject.open()
    aroundLaunch(opened.operator, async (launch, ...input) => {
      called.resolve()
      await goOn.promise
      // Whatever comes of it: its launcher is gone.
      launch(...input).then(over.resolve, over.resolve)
    })
    return opened
  }
  const wanted = [call(waits, { milliseconds: 100, value: 7 })]
  const sign = await runUntilDeath({ ...subject, open }, calls, wanted, { runId, death: { told: called.promise } })
  hold(sign.died, () => ({
    seen: `the step ended without a launch(): ${shown('ended' in sign ? sign.ended.end : undefined)}`,
    must: 'launch() is what runs a step',
    mend: 'create() must return a stack whose default operator can run a step without any resources or settings.',
  }))
  const run = await takeOver(subject, calls, runId)
  expectValue(run, 7)
  goOn.resolve()
  await Promise.race([over.promise, sleep(LATE_MS * subject.timeoutFactor, undefined, { ref: false })])
  await sign.bury()
  await expectOneJobEach(run, 'a launch() that goes on after its attempt was closed')
}

/** A create that was under way when its launcher died, and comes when another one has decided the attempt. */
async function createdLate(subject: StepOperatorSubject): Promise<void> {
  const what = 'a create that comes after its attempt was decided'
  const runId = `${subject.place.name}-late-create`
  const sent = Promise.withResolvers<readonly [object, SubmitOptions]>()
  const open = async (): Promise<Opened> => {
    const opened = await subject.open()
    const service = jobServiceOf(opened.operator)
    if (service === undefined) throw new Error('create() made another operator than before')
    replace(service, 'submit', async (request: object, options: SubmitOptions) => {
      sent.resolve([request, options])
      return new Promise<never>(() => undefined)
    })
    return opened
  }
  const wanted = [call(waits, { milliseconds: 100, value: 7 })]
  const death = { told: sent.promise.then(() => undefined) }
  const sign = await runUntilDeath({ ...subject, open }, calls, wanted, { runId, death })
  hold(sign.died, () => ({
    seen: `the step ended without a create: ${shown('ended' in sign ? sign.ended.end : undefined)}`,
    must: 'submit() is what makes a job',
    mend: 'Leave launch() of JobStepOperator as it is.',
  }))
  const run = await takeOver(subject, calls, runId)
  expectValue(run, 7)
  const [request, options] = await sent.promise
  const { operator } = await subject.open()
  const service = jobServiceOf(operator)
  if (service === undefined) throw new Error('create() made another operator than before')
  const signal = AbortSignal.timeout(service.createTimeoutMs)
  // Whether it is refused, finds the job that there was or makes another one: its launcher is gone.
  const late = await settled(service.submit(request, { ...options, signal }))
  await sign.bury()
  if (!late.failed) await ended(service, late.value, subject)
  await expectOneJobEach(run, what)
}

/** Until the provider says that a job has ended, or for so long as a job may take that has nothing to do. */
async function ended(service: AnyJobService, handle: JobHandle, { timeoutFactor }: StepOperatorSubject): Promise<void> {
  for (const until = Date.now() + LATE_MS * timeoutFactor; Date.now() < until; await sleep(100)) {
    const seen = (await observed(service, [handle], timeoutFactor)).get(handle.id)
    if (seen !== undefined && (isTerminal(seen.phase) || seen.gone === true)) return
  }
}

/** One that finds another one at work may be refused. */
async function anyOf(launches: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(launches)
  const [first] = ends
  if (first?.status === 'rejected' && ends.every(({ status }) => status === 'rejected')) throw first.reason
}
