import { isDeepStrictEqual } from 'node:util'

import { isTerminal, type JobHandle, type Observation } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { double } from '../../steps/results.ts'
import { listens, printsOutside } from '../../steps/stops.ts'
import type { Check } from '../../test-function.ts'
import { settled } from '../../waiting.ts'
import { givenOf } from '../given.ts'
import { jobServiceOf, type AnyJobService } from '../job-service-of.ts'
import { replace } from '../other-launch.ts'
import type { ProviderStates } from '../provider-states.ts'
import { checkRest, readLog } from '../read-provider-log.ts'
import { call, failureOf, runCase, startCase, story, valueOf, type CaseRun } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

const FOREVER_MS = 120_000
/** Nobody can stop a job of an operator that does not declare `cancel`: it ends by itself. */
const A_WHILE_MS = 8_000

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'by a handle from JSON another component observes, reads and cancels the job; phases and logs only go forward',
    run: async (subject) => {
      const { operator } = await subject.open()
      if (jobServiceOf(operator) === undefined) await plain(subject)
      else await byHandle(subject)
    },
  },
]

/** What a plain launch() reports as a handle is for people. */
async function plain(subject: StepOperatorSubject): Promise<void> {
  const run = await runCase(subject, calls, [call(double, 1)])
  for (const event of run.events) if (event.type === 'attempt.handle') checkHandle(event.handle)
  const wrong = run.events.find(({ type }) => type === 'warning')
  hold(wrong === undefined, () => ({
    seen: `a run in which all went well has warned:\n${story(run.events)}`,
    must: 'what launch() reports has the right shape',
    mend: 'The warning says which report was misshaped, and how it should be.',
  }))
}

interface Watched {
  readonly run: Promise<CaseRun<readonly unknown[]>>
  /** Of the jobs, by step. */
  readonly handles: ReadonlyMap<string, JobHandle>
  /** Everything that the launcher has seen, by job. */
  readonly seen: ReadonlyMap<string, readonly Observation[]>
}

async function byHandle(subject: StepOperatorSubject): Promise<void> {
  const { operator: another } = await subject.open()
  const service = jobServiceOf(another)
  if (service === undefined) throw new Error('create() made another operator than before')
  const { run: running, handles, seen } = await startBoth(subject)
  const jobs = [...handles.values()].map((handle) => checkHandle(handle))
  const [job] = jobs
  const signal = AbortSignal.timeout(Math.max(1, Math.min(subject.until - Date.now(), 2 ** 31 - 1)))
  const early = jobs.length === 2 ? undefined : await running
  hold(job !== undefined && early === undefined, () => ({
    seen: `two jobs that go on until they are told to stop have ended:\n${story(early?.events ?? [])}`,
    must: 'a job goes on for as long as its step does, and its handle is told of',
    mend: 'submit() must return the handle of a job, the job must run, and observe() must say so.',
  }))
  await checkSeenByAnother(service, jobs, { signal })
  const log = another.capabilities.logs
    ? await readLog(service, handles.get(printsOutside.stepName) ?? job, signal)
    : undefined
  const { cancel } = another.capabilities
  if (cancel) for (const handle of jobs) await cancelTwice(service, handle, signal)
  const run = await running
  if (!cancel) valueOf(run)
  for (const step of cancel ? [listens, printsOutside] : []) {
    const { kind, message } = failureOf(run, step)
    hold(kind === 'stopped', () => ({
      seen: `a job that another process had cancelled ended as ${kind}: ${message}\n${story(run.events)}`,
      must: 'a job that was cancelled has stopped, whoever asked for it',
      mend: "observe() must say 'stopped' of it, or the kind stopped: also where this process has not asked.",
    }))
  }
  const states = givenOf(subject.given, 'states', another)
  for (const observations of seen.values()) {
    checkForward(observations)
    if (states !== undefined) {
      checkWaits(observations)
      checkWords(observations, states)
    }
  }
  const after = await service.observe(jobs, { signal })
  for (const handle of jobs) {
    checkEnded(after.get(handle.id), handle, cancel)
    if (cancel) await cancelTwice(service, handle, signal)
  }
  const later = await service.observe(jobs, { signal })
  for (const handle of jobs) checkEnded(later.get(handle.id), handle, cancel)
  if (log !== undefined) await checkRest(service, log, signal)
}

/** Two jobs of one component that go on until they are told to stop, both of which have begun to run. */
async function startBoth(subject: StepOperatorSubject): Promise<Watched> {
  const opened = await subject.open()
  const service = jobServiceOf(opened.operator)
  if (service === undefined) throw new Error('create() made another operator than before')
  const { cancel } = opened.operator.capabilities
  const seen = new Map<string, Observation[]>()
  const { observe } = service
  replace(service, 'observe', async (...input: Parameters<AnyJobService['observe']>) => {
    const answer: ReadonlyMap<string, Observation> = await Reflect.apply(observe, service, input)
    for (const [id, observation] of answer) seen.set(id, [...(seen.get(id) ?? []), observation])
    return answer
  })
  const { submit } = service
  const returned = new Map<string, JobHandle>()
  replace(service, 'submit', async (...input: Parameters<AnyJobService['submit']>) => {
    const handle: JobHandle = await Reflect.apply(submit, service, input)
    returned.set(handle.id, handle)
    return handle
  })
  const handles = new Map<string, JobHandle>()
  const running = new Set<string>()
  const both = Promise.withResolvers<void>()
  const wanted = [listens, printsOutside].map((step) =>
    call(step, { milliseconds: (cancel ? FOREVER_MS : A_WHILE_MS) * subject.timeoutFactor, value: 1 }),
  )
  const { ended } = await startCase(subject, calls, wanted, {
    opened,
    onEvent: (event) => {
      if (event.type === 'attempt.handle') {
        const { id } = event.handle as JobHandle
        // As the service made it: what is told of is a copy.
        handles.set(event.stepName, returned.get(id) ?? (event.handle as JobHandle))
      }
      if (event.type === 'attempt.phase' && event.phase === 'running') running.add(event.stepName)
      if (running.size === 2 && handles.size === 2) both.resolve()
    },
  })
  await Promise.race([both.promise, ended])
  return { run: ended, handles: running.size === 2 ? handles : new Map(), seen }
}

/** A handle as it is after JSON. */
function checkHandle(handle: object): JobHandle {
  const copy = JSON.parse(JSON.stringify(handle)) as JobHandle
  const { id } = copy as { readonly id?: unknown }
  hold(isDeepStrictEqual(copy, handle) && typeof id === 'string' && id !== '', {
    seen: `the handle of a job is ${shown(handle)}`,
    must: 'a handle is plain JSON, with the id of the job',
    mend: 'Return texts and numbers: no class, no date, nothing that is undefined.',
  })
  return copy
}

async function checkSeenByAnother(
  service: AnyJobService,
  jobs: readonly JobHandle[],
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const seen = await service.observe(jobs, { signal })
  for (const handle of jobs) {
    const observation = seen.get(handle.id)
    hold(observation !== undefined && !isTerminal(observation.phase) && observation.gone !== true, {
      seen: `another component was asked about two jobs that run, and says of ${shown(handle)}: ${shown(observation)}`,
      must: 'observe() knows every job by its handle alone, and answers for all that it is asked for in one call',
      mend: 'Keep nothing of a job in memory. Its handle must have what the provider needs to find it, and the answer the id of each as its key.',
    })
  }
  const none = await service.observe([], { signal })
  hold(none.size === 0, {
    seen: `observe([]) gives ${shown([...none.keys()])}`,
    must: 'who asks for no job is told of none',
    mend: 'Answer for the handles that are given, and no others.',
  })
}

async function cancelTwice(service: AnyJobService, handle: JobHandle, signal: AbortSignal): Promise<void> {
  const answer = await settled(
    Promise.all([service.cancel(handle, { signal }), service.cancel({ ...handle }, { signal })]),
  )
  hold(!answer.failed, () => ({
    seen: `cancel() of the job ${shown(handle)}, twice at once, has rejected: ${shown('error' in answer ? answer.error : '')}`,
    must: 'a job can be cancelled by whoever has its handle, as often as they like, and also when it has ended',
    mend: 'Take the answer of the provider that a job is stopping, or over, for success.',
  }))
}

/** Nothing follows an end, and every time is one. */
function checkForward(observations: readonly Observation[]): void {
  const end = observations.findIndex(({ phase }) => isTerminal(phase))
  const after = end === -1 ? [] : observations.slice(end)
  hold(
    after.every(({ phase, gone }) => isTerminal(phase) || gone === true),
    {
      seen: `a job was seen as ${shown(observations.map(({ phase }) => phase))}`,
      must: 'what has ended does not go on',
      mend: 'Say that a job has ended only where the provider says so.',
    },
  )
  const [wrong] = observations.filter(({ at, phases = [] }) => {
    const times = phases.map((start) => Date.parse(start.at))
    return (
      Number.isNaN(Date.parse(at)) || times.some((time, index) => Number.isNaN(time) || time < (times[index - 1] ?? 0))
    )
  })
  hold(wrong === undefined, {
    seen: `an observation is ${shown(wrong)}`,
    must: "`at` is the provider's time in ISO 8601, and `phases` are in the order of theirs",
    mend: 'Sort `phases`, and take the times from the answer of the provider.',
  })
}

/** Who waits for hours wants to know what for. */
function checkWaits(observations: readonly Observation[]): void {
  const mute = observations.find(
    ({ phase, providerState = '' }) => (phase === 'queued' || phase === 'provisioning') && providerState.trim() === '',
  )
  hold(mute === undefined, {
    seen: `an observation of a job that waits is ${shown(mute)}`,
    must: 'of a job that waits it is told how its provider calls that, and why where it says so',
    mend: "Give the provider's own word as `providerState`, with its reason: `Queued: no capacity in this zone`.",
  })
}

/** What is observed of a job, and what the table makes of the provider's own word for it, are the same. */
function checkWords(observations: readonly Observation[], { values, phaseOf }: ProviderStates): void {
  for (const observation of observations) {
    const { phase, providerState = '', gone } = observation
    const word = wordOf(providerState, values)
    if (word === undefined || gone === true) continue
    const said = phaseOf(word)
    const ended = said === 'ended' || isTerminal(said)
    hold(ended === isTerminal(phase) && (said === 'ended' || (said === 'succeeded') === (phase === 'succeeded')), {
      seen: `an observation is ${shown(observation)}; \`states.phaseOf\` says ${said} of ${shown(word)}`,
      must: 'what is observed is what the table says',
      mend: 'Hand the very table over that observe() uses, and let observe() use no other one.',
    })
  }
}

/** The member of the enum with which a provider's word begins: `InProgress/Downloading`, `Queued: no capacity`. */
function wordOf(providerState: string, values: readonly string[]): string | undefined {
  const fits = values.filter((value) => {
    const rest = providerState.slice(value.length)
    return value !== '' && providerState.startsWith(value) && !/^\w/.test(rest)
  })
  return fits.toSorted((a, b) => b.length - a.length)[0]
}

function checkEnded(observation: Observation | undefined, handle: JobHandle, cancelled: boolean): void {
  const ended = observation !== undefined && (isTerminal(observation.phase) || observation.gone === true)
  hold(ended && (observation.gone === true || (observation.phase === 'succeeded') !== cancelled), {
    seen: `when its launcher had seen the end of the job ${shown(handle)}, which ${cancelled ? 'was cancelled' : 'succeeded'}, another component saw ${shown(observation)}`,
    must: `everybody sees the same end: it ${cancelled ? 'was stopped' : 'has succeeded'}, or is gone`,
    mend: 'Ask the provider, and not the memory of this process. Say `gone` where it definitely does not know the job any more.',
  })
}
