import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { diesOnce, diesOncePlainly } from '../../steps/restarts.ts'
import type { Check } from '../../test-function.ts'
import { readAttempts } from '../attempt-evidence.ts'
import { jobServiceOf } from '../job-service-of.ts'
import { expectNoLiveJob } from '../one-job-each.ts'
import { call, runCase, story, valueOf } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'a job whose process dies is started again by its provider, or has ended and is followed by the next attempt: one result',
    run: async (subject) => {
      const opened = await subject.open()
      const service = jobServiceOf(opened.operator)
      const wanted = [call(service === undefined ? diesOncePlainly : diesOnce)]
      const run = await runCase(subject, calls, wanted, { opened })
      const attempts = await readAttempts(run.runId, run)
      const told = attempts.map(({ attempt, result, incarnations }) => ({
        attempt,
        starts: incarnations.length,
        result: result?.status === 'failed' ? result.kind : result?.status,
      }))
      const [value] = valueOf(run)
      hold(value === attempts.length && attempts.at(-1)?.result?.status === 'succeeded', () => ({
        seen: `a step whose process was killed once returned ${shown(value)}; its attempts: ${shown(told)}\n${story(run.events)}`,
        must: 'the start that was not killed has the result',
        mend: 'Where the provider starts a job again, its variables must be the same, SIDESTEP_NONCE too; where it does not, launch() must reject when the process is dead, and observe() say that the job has failed, with no kind or one that is not the fault of the step.',
      }))
      const starts = attempts.reduce((sum, { incarnations }) => sum + incarnations.length, 0)
      hold(starts >= 2 && (attempts.length > 1 || attempts[0]?.incarnations.length === starts), {
        seen: `a step whose process was killed once left the attempts ${shown(told)}`,
        must: 'every start of a job leaves its own mark: a second one of the same attempt, or the first of the next',
        mend: 'Run the command that launch() is given as it is, at every start.',
      })
      const earlier = attempts.slice(0, -1)
      hold(
        earlier.every(({ result }) => result?.status === 'failed' && 'settledBy' in result),
        {
          seen: `a step whose process was killed once left the attempts ${shown(told)}`,
          must: 'an attempt whose process was killed has failed, and its launcher says so',
          mend: 'Nothing but the job and core writes `result.json`.',
        },
      )
      if (service !== undefined) await expectNoLiveJob(service, { run, what: 'a step whose process was killed once' })
    },
  },
]
