import type { OperatorJob } from '../operator-under-test.ts'
import { ownedJob, runningJob } from '../running-jobs.ts'
import type { Scenario } from '../scenario.ts'
import { laterStrike } from '../strike.ts'
import type { Trial } from '../trial.ts'
import { until } from '../until.ts'
import { killOn } from './more-kills.ts'

const STEPS = ['left', 'right', 'joined'] as const

/** A job dies under a launcher, or while there is none. */
function jobDies(
  name: string,
  summary: string,
  job: (trial: Trial, step: string) => Promise<OperatorJob>,
  kill: (trial: Trial, job: OperatorJob) => Promise<boolean>,
): Scenario {
  return {
    name,
    summary,
    async run(trial) {
      const { random } = trial
      const step = random.pick(STEPS)
      const pauseMs = random.int(0, 150)
      const launcherDiesFirst = random.chance(0.5)
      const strike = laterStrike(trial)
      trial.prepare({}, [step])
      trial.mayFail.set(step, [trial.flavor.killedAs])
      const launcher = await trial.launch()
      const victim = await job(trial, step)
      const death = async (): Promise<void> => {
        launcher.send('SIGKILL')
        await trial.died(launcher, 'its job')
      }
      if (launcherDiesFirst) await death()
      await trial.pause(pauseMs)
      if (await kill(trial, victim)) trial.fired(name)
      else trial.find('faults', `${victim.name} was gone before it could be killed`)
      if (!launcherDiesFirst) await death()
      await trial.die(strike)
      await killOn(trial)
    },
  }
}

export const supervisor: Scenario = jobDies(
  'supervisor',
  'what answers for a job is killed, with or without a launcher alive',
  (trial, step) => ownedJob(trial, step),
  (trial, job) => trial.flavor.killSupervisor(trial.home, job),
)

export const entrypoint: Scenario = jobDies(
  'entrypoint',
  'the entrypoint of a job is killed between owner.json and result.json',
  (trial, step) => ownedJob(trial, step),
  (trial, job) => trial.flavor.killEntrypoint(trial.home, job),
)

export const restart: Scenario = {
  name: 'restart',
  summary: 'the process inside of a job is started anew while the old one hangs; then that goes on, too',
  async run(trial) {
    const { random } = trial
    // The last job's gate stays closed: there is always something left for the next launcher.
    const step = random.pick(['left', 'right'] as const)
    const strike = laterStrike(trial)
    trial.prepare({}, [step])
    const launcher = await trial.launch()
    const job = await runningJob(trial, step)
    const death = async (): Promise<void> => {
      launcher.send('SIGKILL')
      await trial.died(launcher, 'the restart of its job')
    }
    if (!trial.flavor.restartsUnseen) await death()
    const goOn = await trial.flavor.restart(trial.home, job)
    trial.fired('restart')
    await until('user code runs in the second process', () => startsIn(trial, job) === 2)
    if (trial.flavor.restartsUnseen) await death()
    await trial.die(strike)
    const result = `runs/${trial.runId}/${job.stepRunId}/${job.attempt}/result.json`
    trial.files.openGate(step)
    await until('the second process leaves a result', async () => (await trial.store.stat(result)) !== undefined)
    goOn()
    await killOn(trial)
  },
}

function startsIn({ files }: Trial, { name }: OperatorJob): number {
  return files.evidence().filter(({ event, job }) => event === 'start' && job === name).length
}
