import type { JobHandle, RunEvent } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { BEGAN } from '../../steps/began.ts'
import { double } from '../../steps/results.ts'
import { listens, listensAsked, listensDetached, TOLD, type Listen } from '../../steps/stops.ts'
import type { Check } from '../../test-function.ts'
import { settled } from '../../waiting.ts'
import { readAttempts, type AttemptEvidence } from '../attempt-evidence.ts'
import { EARLY_STOPS, type StopAt } from '../early-stops.ts'
import { jobServiceOf } from '../job-service-of.ts'
import { noteAsked } from '../note-asked.ts'
import { expectNoLiveJob } from '../one-job-each.ts'
import { aroundLaunch } from '../other-launch.ts'
import { call, failureOf, resumeCase, runCase, startCase, story, valueOf, type CaseRun } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

/** A job that is not told to stop, or does not listen, is still there long after it should not be. */
const FOREVER_MS = 120_000
/** So long runs what should not run at all. */
const TOO_LATE_MS = 8_000
/** Nobody can stop a job of an operator that does not declare `cancel`: it ends by itself. */
const A_WHILE_MS = 6_000

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'a run that is stopped ends its jobs in every phase, each as its policy says, tells their steps first, and can be resumed',
    timeoutMs: 90_000,
    run: async (subject) => {
      const { operator } = await subject.open()
      const early = jobServiceOf(operator) === undefined ? {} : EARLY_STOPS
      // It leaves no job, unless something is wrong.
      await stoppedBeforeLaunch(subject)
      await Promise.all([
        stoppedWhileRunning(subject),
        ...Object.entries(early).map(async ([what, stopAt]) => stoppedEarly(subject, { what, stopAt })),
      ])
    },
  },
]

/** The first attempt is over before the step is launched: nothing may be created any more. */
async function stoppedBeforeLaunch(subject: StepOperatorSubject): Promise<void> {
  const what = 'a run that is stopped just before launch()'
  const opened = await subject.open()
  const { cancel } = opened.operator.capabilities
  const stop = new AbortController()
  aroundLaunch(opened.operator, async (launch, ...input) => {
    stop.abort()
    await launch(...input)
  })
  const milliseconds = (cancel ? TOO_LATE_MS : A_WHILE_MS) * subject.timeoutFactor
  const wanted = [call(listens, { milliseconds, value: 1 })]
  const run = await runCase(subject, calls, wanted, { opened, signal: stop.signal })
  if (cancel) {
    expectStopped(run, what)
    const [attempt] = await readAttempts(run.runId, run)
    hold((attempt?.began ?? 0) === 0, () => ({
      seen: `${what}: its code began\n${story(run.events)}`,
      must: 'a launch() whose signal has aborted already creates no job',
      mend: 'Ask `context.signal.throwIfAborted()` before a job is made: a listener for "abort" is not told of what was.',
    }))
  }
  await expectNothingLeft(run, what)
}

async function stoppedEarly(
  subject: StepOperatorSubject,
  { what, stopAt }: { readonly what: string; readonly stopAt: StopAt },
): Promise<void> {
  const opened = await subject.open()
  const { cancel } = opened.operator.capabilities
  const stop = new AbortController()
  stopAt(opened, () => stop.abort())
  const milliseconds = (cancel ? FOREVER_MS : A_WHILE_MS) * subject.timeoutFactor
  const wanted = [call(listens, { milliseconds, value: 1 })]
  const run = await runCase(subject, calls, wanted, { opened, signal: stop.signal })
  if (cancel) expectStopped(run, what)
  const handles = run.events.filter(({ type }) => type === 'attempt.handle')
  hold(handles.length === 1, () => ({
    seen: `${what}: ${handles.length} handles were told of\n${story(run.events)}`,
    must: 'a create that is under way is awaited, and its job is known before it is cancelled',
    mend: 'submit() must end with its handle unless its own signal aborts; leave launch() of JobStepOperator as it is.',
  }))
  if (cancel) return expectNothingLeft(run, what)
  // What nobody can stop is gone on with.
  const resumed = await resumeCase(subject, calls, run.runId)
  await expectResumed(resumed, { first: run, values: [1] })
}

/** One step has ended, the others run and print: each is left, asked or ended as its policy says. */
async function stoppedWhileRunning(subject: StepOperatorSubject): Promise<void> {
  const opened = await subject.open()
  const { operator } = opened
  const { cancel } = operator.capabilities
  const service = jobServiceOf(operator)
  const asked = service === undefined ? undefined : noteAsked(service)
  const milliseconds = (cancel ? FOREVER_MS : A_WHILE_MS) * subject.timeoutFactor
  const listening: Listen = { milliseconds, value: 2 }
  const wanted = [
    call(double, 4),
    call(listens, listening),
    // What a plain launch() is told is always the same.
    ...(service === undefined
      ? []
      : [
          call(listensAsked, listening),
          call(listensDetached, { milliseconds: A_WHILE_MS * subject.timeoutFactor, value: 3 }),
        ]),
  ]
  const stop = new AbortController()
  // What ends by itself must not be over when the run is stopped.
  const awaited = new Set(cancel ? wanted.map(({ step }) => step) : [listens.stepName])
  const { run: started, ended } = await startCase(subject, calls, wanted, {
    opened,
    signal: stop.signal,
    onEvent: (event, run) => {
      awaited.delete(nameOfBegun(event))
      if (awaited.size > 0 || stop.signal.aborted) return
      // Whoever is impatient asks again.
      stop.abort()
      void run.cancel()
      void run.cancel('signal')
    },
  })
  const run = await ended
  await started.cancel()
  if (cancel) await expectTold(run)
  else await expectDeaf(run)
  if (service !== undefined && asked !== undefined) await expectPolicies(run, asked.cancelled)
  const resumed = await resumeCase(subject, calls, run.runId)
  await expectResumed(resumed, { first: run, values: wanted.map((_, index) => [8, 2, 2, 3][index]) })
}

/** The step of which this says that its code has begun, or that it has ended. */
function nameOfBegun(event: RunEvent): string {
  if (event.type === 'log') return event.text === BEGAN ? event.stepName : ''
  return event.type === 'step.succeeded' || event.type === 'step.failed' ? event.stepName : ''
}

/** SIGTERM has reached the step's own code, and it had the time to say so. */
async function expectTold(run: CaseRun<unknown>): Promise<void> {
  expectStopped(run, 'a run that is stopped while its job runs')
  const [attempt] = await readAttempts(run.runId, { store: run.store, step: listens })
  const first = attempt?.incarnations[0]
  hold(first?.interrupted === true && first.lines.some(({ text }) => text === TOLD), () => ({
    seen: `when its run had ended, a step that was to stop had ${first?.interrupted === true ? '' : 'not '}ended in an orderly way, and had printed ${shown(first?.lines.map(({ text }) => text))}`,
    must: `SIGTERM reaches its process, its signal aborts, and it has the time to print "${TOLD}"; launch() ends after that`,
    mend: "Send SIGTERM to the job's first process, wait for `graceMs` and its end, and only then end it by force. A program before the command must pass SIGTERM on.",
  }))
}

/** What is not declared must not be there: nobody would know of it. */
async function expectDeaf(run: CaseRun<unknown>): Promise<void> {
  const attempts = await readAttempts(run.runId, { store: run.store, step: listens })
  const told = attempts.filter(({ incarnations }) =>
    incarnations.some(({ interrupted, lines }) => interrupted || lines.some(({ text }) => text === TOLD)),
  )
  hold(told.length === 0, () => ({
    seen: `the operator declares \`cancel: false\`, and a job of it ended when its run was stopped\n${story(run.events)}`,
    must: 'an operator that ends its jobs when it is told to says so',
    mend: 'Declare it: `cancel: true` in `capabilities`. What follows from it is checked then.',
  }))
}

async function expectPolicies(run: CaseRun<unknown>, cancelled: readonly string[]): Promise<void> {
  const attempts = await readAttempts(run.runId, run)
  const idOf = (step: { readonly stepName: string }): string => {
    const event = run.events.find((each) => each.type === 'attempt.handle' && each.stepName === step.stepName)
    return event?.type === 'attempt.handle' ? (event.handle as JobHandle).id : ''
  }
  const spared = [double, listensDetached].filter((step) => cancelled.includes(idOf(step)))
  hold(spared.length === 0, () => ({
    seen: `a stopped run has cancelled the jobs of ${spared.map(({ stepName }) => stepName).join(', ')}\n${story(run.events)}`,
    must: 'neither a job that has ended is cancelled nor one whose policy is `detach`',
    mend: 'Leave launch() of JobStepOperator as it is: it reads the policies of the step.',
  }))
  const { cancel } = run.operator.capabilities
  hold(!cancel || cancelled.includes(idOf(listensAsked)), () => ({
    seen: `a stopped run has not asked for the end of the job of ${listensAsked.stepName}, whose policy is \`cancel\`\n${story(run.events)}`,
    must: 'a job with this policy is asked to stop, and not waited for',
    mend: 'Leave launch() of JobStepOperator as it is: it reads the policies of the step.',
  }))
  const service = jobServiceOf(run.operator)
  const [finished] = attempts.filter(({ stepName }) => stepName === double.stepName)
  if (!cancel || service === undefined || finished === undefined) return
  const handle = handleIn(finished)
  const signal = AbortSignal.timeout(30_000 * run.timeoutFactor)
  for (const n of [1, 2]) {
    const answer = await settled(service.cancel(handle, { signal }))
    hold(!answer.failed, () => ({
      seen: `cancel() of a job that had ended has rejected, the ${n}. time: ${shown('error' in answer ? answer.error : '')}`,
      must: 'already ended is success',
      mend: 'Take the answer of the provider that a job is over, or not there any more, for success.',
    }))
  }
  const after = (await service.observe([handle], { signal })).get(handle.id)
  hold(after === undefined || after.gone === true || after.phase === 'succeeded', {
    seen: `a job that had succeeded is ${shown(after)} after it was cancelled`,
    must: 'what has ended stays as it ended',
    mend: 'Ask the provider how the job ended, and not whether somebody wanted it to stop.',
  })
}

/** What was left or ended is gone on with: one success for each, and the first attempt where the job was left. */
async function expectResumed(
  run: CaseRun<readonly unknown[]>,
  { first, values }: { readonly first: CaseRun<unknown>; readonly values: readonly unknown[] },
): Promise<void> {
  const seen = valueOf(run)
  hold(shown(seen) === shown(values), () => ({
    seen: `a run that was stopped and resumed returned ${shown(seen)}\n${story(first.events)}\n    resumed:\n${story(run.events)}`,
    must: `it returns ${shown(values)}`,
    mend: 'A job that was left must be found by its handle; one that was ended is followed by the next attempt.',
  }))
  const attempts = await readAttempts(run.runId, run)
  const left = attempts.filter(({ stepName }) => stepName === listensDetached.stepName)
  hold(left.length <= 1, {
    seen: `a job that was left running was followed by ${left.length - 1} others`,
    must: 'who resumes goes on with the job that runs',
    mend: 'observe() must know the job by its handle as long as it is there.',
  })
  await expectNothingLeft(run, 'a run that was stopped and resumed')
}

function expectStopped(run: CaseRun<unknown>, what: string): void {
  const wentOn = run.events.some((event) => event.type === 'step.succeeded' && event.stepName === listens.stepName)
  hold(!wentOn, () => ({
    seen: `${what}: its step ran to its end and succeeded\n${story(run.events)}`,
    must: 'an operator that declares `cancel` ends a job whose step is to stop',
    mend: 'Listen to `context.signal`, and ask `context.signal.throwIfAborted()` before a job is made: a listener is not told of what was. In a service, cancel() must reach the job.',
  }))
  const failure = failureOf(run, listens)
  hold(failure.kind === 'stopped', () => ({
    seen: `${what}: its step failed with the kind ${failure.kind}: ${failure.message}\n${story(run.events)}`,
    must: 'a step that was stopped fails with the kind stopped',
    mend: 'Where the signal of launch() has aborted, end the job, wait for its end, and reject with the kind stopped.',
  }))
}

/** No job goes on, and of a job that has begun it is known how it ended. */
async function expectNothingLeft(run: CaseRun<unknown>, what: string): Promise<void> {
  const open = (await readAttempts(run.runId, run)).filter(({ result }) => result === undefined)
  hold(open.length === 0, () => ({
    seen: `${what}: nothing was decided about ${shown(open.map(({ stepRunId, attempt }) => `${stepRunId}/${attempt}`))}\n${story(run.events)}`,
    must: 'a run ends when every attempt of it was decided',
    mend: 'launch() must settle only when its job has ended.',
  }))
  const service = jobServiceOf(run.operator)
  if (service !== undefined) await expectNoLiveJob(service, { run, what })
}

function handleIn({ handle }: AttemptEvidence): JobHandle {
  return (handle as unknown as { readonly handle: JobHandle }).handle
}
