import type { Observation } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { hasTime, mayNotWait, overstaysInAll } from '../../steps/budgets.ts'
import type { Check } from '../../test-function.ts'
import { readAttempts } from '../attempt-evidence.ts'
import { jobServiceOf, type AnyJobService } from '../job-service-of.ts'
import { ENDS_BY_ITSELF_MS, expectLeftAlone } from '../left-alone.ts'
import { expectNoLiveJob } from '../one-job-each.ts'
import { replace } from '../other-launch.ts'
import { call, failureOf, runCase, story, valueOf, type CaseRun } from '../run-case.ts'
import type { Opened, StepOperatorSubject } from '../subject.ts'

const FOREVER_MS = 600_000

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'a step that has used up its budget, also one that waits, is ended as a timeout that names it; what is left ends nothing',
    run: async (subject) => {
      const { operator } = await subject.open()
      await Promise.all([usesUp(subject), ...(jobServiceOf(operator) === undefined ? [] : [waitsTooLong(subject)])])
    },
  },
]

async function usesUp(subject: StepOperatorSubject): Promise<void> {
  const opened = await subject.open()
  const run = await runCase(subject, calls, [call(hasTime, 5), call(overstaysInAll, longFor(subject, opened))], {
    opened,
  })
  const [value] = valueOf(run)
  hold(value === 5, () => ({
    seen: `a step with an hour for everything returned ${shown(value)}\n${story(run.events)}`,
    must: 'budgets that are not used up change nothing',
    mend: 'Timeouts are in milliseconds. Where the provider counts in other units, convert them, rounded up; where it has a longest time, hand that on for longer ones.',
  }))
  await expectTimeout(run, overstaysInAll, { limit: /\b3(?:\.0)? ?s\b/, what: 'total' })
}

/** For whoever looks, the job never leaves the queue. */
async function waitsTooLong(subject: StepOperatorSubject): Promise<void> {
  const opened = await subject.open()
  const service = jobServiceOf(opened.operator)
  if (service === undefined) throw new Error('create() made another operator than before')
  const { observe } = service
  replace(service, 'observe', async (...input: Parameters<AnyJobService['observe']>) => {
    const seen: Awaited<ReturnType<AnyJobService['observe']>> = await Reflect.apply(observe, service, input)
    return new Map([...seen].map(([id, observation]) => [id, asQueued(observation)]))
  })
  const run = await runCase(subject, calls, [call(mayNotWait, longFor(subject, opened))], { opened })
  await expectTimeout(run, mayNotWait, { limit: /\bqueue\b.*\b3(?:\.0)? ?s\b/, what: 'queue' })
}

function asQueued(observation: Observation): Observation {
  const { phase, phases } = observation
  if (phase !== 'running') return observation
  const waiting = phases?.filter((start) => ['queued', 'provisioning', 'downloading'].includes(start.phase))
  return { ...observation, phase: 'queued', ...(waiting === undefined ? {} : { phases: waiting }) }
}

/** How long a step goes on that must not, in milliseconds. */
function longFor({ timeoutFactor }: StepOperatorSubject, { operator }: Opened): number {
  return operator.capabilities.cancel ? FOREVER_MS : ENDS_BY_ITSELF_MS * timeoutFactor
}

async function expectTimeout(
  run: CaseRun<unknown>,
  step: { readonly stepName: string },
  { limit, what }: { readonly limit: RegExp; readonly what: string },
): Promise<void> {
  const service = jobServiceOf(run.operator)
  if (!run.operator.capabilities.cancel) {
    expectLeftAlone(run, step, what)
    if (service !== undefined) await expectNoLiveJob(service, { run, what: `a step whose ${what} timeout had passed` })
    return
  }
  const failure = failureOf(run, step)
  hold(failure.kind === 'timeout' && failure.code === 'STEP_TIMEOUT' && limit.test(failure.message), () => ({
    seen: `a step whose ${what} timeout had passed failed with the kind ${failure.kind} (${failure.code}): ${failure.message}\n${story(run.events)}`,
    must: `it fails with the kind timeout, and says which limit it was (${String(limit)})`,
    mend: "Where the provider ends a job for its time, say `kind: 'timeout'` in what is observed; `at` and `phases` must be the provider's times, in ISO 8601.",
  }))
  const attempts = await readAttempts(run.runId, { store: run.store, step })
  hold(attempts.length === 1 && attempts[0]?.result?.status === 'failed' && attempts[0].result.kind === 'timeout', {
    seen: `the attempts of a step whose ${what} timeout had passed were decided as ${shown(attempts.map(({ result }) => result))}`,
    must: 'one attempt, decided as a timeout',
    mend: 'launch() must not settle before the job has ended.',
  })
  if (service !== undefined) await expectNoLiveJob(service, { run, what: `a step whose ${what} timeout had passed` })
}
