import type { BaseStepOperator } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { waits } from '../../steps/jobs.ts'
import type { Check } from '../../test-function.ts'
import { jobServiceOf } from '../job-service-of.ts'
import { runUntilDeath, takeOver, type Death } from '../launcher-death.ts'
import { expectOneJobEach } from '../one-job-each.ts'
import { call, story, valueOf } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

/** Where every launch comes by. */
const ANY: Readonly<Record<string, Death>> = {
  'before the job is described': { point: '3.spec:before' },
  'after a create call was recorded': { point: '3.create-record:after' },
  'while the job runs': { when: (event) => event.type === 'attempt.phase' && event.phase === 'running' },
}

/** Where only the launches of a `JobStepOperator` come by. */
const OF_SERVICES: Readonly<Record<string, Death>> = {
  'after the intent': { point: '3.intent:after' },
  'after the create, before the handle is known': { point: '4.submit:after' },
  'after the handle was recorded': { point: '6.handle:after' },
  'after the first look at the job': { point: '7.observe:after' },
}

/** What a job takes, in milliseconds. */
const JOB_MS = 1_500
/** And where it has to be seen as it runs. */
const LONGEST_JOB_MS = 30_000

/** How many launchers die at once: each has a job. */
const AT_ONCE = 4

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'a launcher that dies at any point is taken over by another one: one result, code that began once, no job left',
    timeoutMs: 120_000,
    run: async (subject) => {
      const { operator } = await subject.open()
      const deaths = Object.entries({ ...ANY, ...(jobServiceOf(operator) === undefined ? {} : OF_SERVICES) })
      for (let first = 0; first < deaths.length; first += AT_ONCE) {
        const some = deaths.slice(first, first + AT_ONCE)
        await Promise.all(some.map(async ([name, death], index) => diesAt(subject, { name, death, n: first + index })))
      }
    },
  },
]

/** A job that goes on until it has been looked at twice, by a launcher that looks as seldom as it may. */
function seenRunningMs(operator: BaseStepOperator<any, any>, { timeoutFactor }: StepOperatorSubject): number {
  const longest = jobServiceOf(operator)?.pollIntervalMs.max ?? 0
  return JOB_MS + Math.min(2 * longest, LONGEST_JOB_MS * timeoutFactor)
}

async function diesAt(
  subject: StepOperatorSubject,
  { name, death, n }: { readonly name: string; readonly death: Death; readonly n: number },
): Promise<void> {
  const what = `a launcher that died ${name}`
  const runId = `${subject.place.name}-${n}`
  const { operator } = await subject.open()
  const milliseconds = 'when' in death ? seenRunningMs(operator, subject) : JOB_MS
  const wanted = [call(waits, { milliseconds, value: n })]
  const sign = await runUntilDeath(subject, calls, wanted, { runId, death })
  hold(sign.died, () => ({
    seen: `${what}: it never came to that, and the run ended as ${shown('ended' in sign ? sign.ended.end : undefined)}\n${'ended' in sign ? story(sign.ended.events) : ''}`,
    must: 'every launch comes by there',
    mend: 'Leave launch() of JobStepOperator as it is; observe() says `running` of a job that runs. Where the provider needs long to say so, look more often (`pollIntervalMs`), or raise `timeoutFactor`.',
  }))
  const run = await takeOver(subject, calls, runId)
  const [value] = valueOf(run)
  hold(value === n, () => ({
    seen: `${what}: the next one ended with ${shown(value)} instead of ${n}\n${story(run.events)}`,
    must: 'whoever goes on with a run gets the result of its job',
    mend: 'A job must live on when its launcher dies, and be found by its handle and its token.',
  }))
  await sign.bury()
  await expectOneJobEach(run, what)
}
