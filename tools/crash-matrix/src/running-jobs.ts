import { TrialEnded } from './finding.ts'
import { describeEnd } from './launcher-end.ts'
import type { OperatorJob } from './operator-under-test.ts'
import { stepNameOf } from './store-reader.ts'
import type { Trial } from './trial.ts'
import { InVain, until } from './until.ts'

/** The job in which user code of the step runs, once it does. */
export function runningJob(trial: Trial, step: string): Promise<OperatorJob> {
  return come(trial, `user code of ${step} runs`, async () => {
    const evidence = trial.files.evidence()
    const ended = evidence.filter(({ event }) => event === 'end')
    const running = evidence.findLast(
      ({ event, step: name, pid, job }) =>
        event === 'start' && name === step && !ended.some((end) => end.pid === pid && end.job === job),
    )
    return (await jobsOf(trial)).find(({ name, alive }) => alive && name === running?.job)
  })
}

/** The job of the step that has taken its attempt and not ended, whether its user code runs yet or not. */
export function ownedJob(trial: Trial, step: string): Promise<OperatorJob> {
  return come(trial, `a job of ${step} owns its attempt`, async () => {
    for (const job of await jobsOf(trial)) {
      if (stepNameOf(job.stepRunId) !== step || !job.alive) continue
      const key = `runs/${trial.runId}/${job.stepRunId}/${job.attempt}/owner.json`
      if ((await trial.store.stat(key)) !== undefined) return job
    }
    return undefined
  })
}

/** A job of the step that has not ended. */
export function liveJob(trial: Trial, step: string): Promise<OperatorJob> {
  return come(trial, `there is a job of ${step}`, async () =>
    (await jobsOf(trial)).find(({ stepRunId, alive }) => alive && stepNameOf(stepRunId) === step),
  )
}

function jobsOf({ flavor, home }: Trial): Promise<readonly OperatorJob[]> {
  return flavor.jobs(home)
}

/** Waits for what a launcher that lives is to bring about. Where none does, the trial ends. */
async function come(trial: Trial, what: string, ask: () => Promise<OperatorJob | undefined>): Promise<OperatorJob> {
  const over = (): boolean => trial.launchers.every(({ isAlive }) => !isAlive)
  try {
    const came = await until(what, async () => (await ask()) ?? (over() ? 'over' : undefined), { pauseMs: 10 })
    if (came !== 'over') return came
    const last = trial.launchers.at(-1)
    const end = last === undefined ? 'anything' : describeEnd(await trial.endOf(last))
    trial.find('faults', `${what}: not before ${end}`)
  } catch (error) {
    if (!(error instanceof InVain)) throw error
    trial.find('faults', error.message)
  }
  throw new TrialEnded()
}
