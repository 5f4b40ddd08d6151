import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { waits } from '../../steps/jobs.ts'
import type { Check } from '../../test-function.ts'
import { readAttempts } from '../attempt-evidence.ts'
import { givenOf } from '../given.ts'
import { jobServiceOf } from '../job-service-of.ts'
import { expectNoLiveJob } from '../one-job-each.ts'
import { PROVOKED, type ProvokedKind } from '../provoked.ts'
import { call, failureOf, runCase, story, told, valueOf } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

/** There is time to do something to a job of so many milliseconds. */
const JOB_MS = 3_000
/** What befalls a job before its code can begin. */
const BEFORE: readonly ProvokedKind[] = ['quota', 'capacity', 'auth']

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'what its provider does to a job is the failure of its step, with the kind that it has, and befalls no other one',
    timeoutMs: 120_000,
    run: async (subject) => {
      const { operator } = await subject.open()
      const provoke = givenOf(subject.given, 'provoke', operator)
      if (provoke === undefined) return
      const strangers = Object.keys(provoke).filter((name) => !(PROVOKED as readonly string[]).includes(name))
      hold(strangers.length === 0, {
        seen: `\`provoke\` of stepOperatorConformance() has ${strangers.join(', ')}`,
        must: `it has some of ${PROVOKED.join(', ')}`,
        mend: 'Name the function by the kind of failure that must come of it.',
      })
      for (const kind of PROVOKED) {
        const make = provoke[kind]
        if (make !== undefined) await befalls(subject, kind, async () => make(subject.place))
      }
    },
  },
]

/** One job after the other: what was provoked must not befall the next. */
async function befalls(subject: StepOperatorSubject, kind: ProvokedKind, make: () => Promise<void>): Promise<void> {
  const opened = await subject.open()
  const wanted = [call(waits, { milliseconds: JOB_MS * subject.timeoutFactor, value: 1 })]
  await make()
  const run = await runCase(subject, calls, wanted, { opened })
  hold(!run.events.some(({ type }) => type === 'step.succeeded'), () => ({
    seen: `after \`provoke.${kind}\`, the next job succeeded\n${story(run.events)}`,
    must: `it fails with the kind ${kind}`,
    mend: `Let \`provoke.${kind}\` make the provider do it to the very next job. If it did, look for it in submit() and observe().`,
  }))
  const failure = failureOf(run, waits)
  hold(failure.kind === kind, () => ({
    seen: `after \`provoke.${kind}\`, the step failed with the kind ${failure.kind}: ${told(failure)}\n${story(run.events)}`,
    must: `its kind is ${kind}`,
    mend: `Translate what the provider says: an error of submit() is a SidestepError of the kind ${kind}; of a job that has ended, observe() says \`kind: '${kind}'\`.`,
  }))
  const attempts = await readAttempts(run.runId, run)
  const began = attempts.map((attempt) => attempt.began)
  hold(attempts.length === 1 && (began[0] ?? 0) <= (BEFORE.includes(kind) ? 0 : 1), () => ({
    seen: `after \`provoke.${kind}\`, the code of the step began so often in its attempts: ${shown(began)}\n${story(run.events)}`,
    must: `one attempt, ${BEFORE.includes(kind) ? 'in which no code began' : 'in which it began once'}`,
    mend: 'What the provider has refused or ended is told at once: submit() repeats nothing by itself.',
  }))
  const service = jobServiceOf(run.operator)
  if (service !== undefined) await expectNoLiveJob(service, { run, what: `a job after \`provoke.${kind}\`` })
  const next = valueOf(await runCase(subject, calls, [call(waits, { milliseconds: 0, value: 2 })], { opened }))
  hold(next[0] === 2, {
    seen: `the job after the one that \`provoke.${kind}\` was for returned ${shown(next[0])}`,
    must: 'only the next job is concerned, and the operator goes on',
    mend: `Let \`provoke.${kind}\` count: one job. The operator must keep no error of an earlier call.`,
  })
}
