import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { allowStops, cancelRun } from './cancel.ts'
import { killOn } from './more-kills.ts'

export const halfCreated: Scenario = {
  name: 'half-created',
  summary:
    'a launcher dies between the create of a job and its start, or while that is under way; then a cancel, or not',
  async run(trial) {
    const { random } = trial
    const [cancels, pauseMs] = [random.chance(0.4), random.int(0, 40)]
    trial.prepare({}, ['left', 'right'])
    const launcher = await trial.launch()
    const waits = async (): Promise<boolean> =>
      (await trial.flavor.jobs(trial.home)).some(({ alive, endedAt }) => !alive && endedAt === undefined)
    await until('a job is there that has not started', waits, { pauseMs: 1 })
    await trial.pause(pauseMs)
    launcher.send('SIGKILL')
    await trial.died(launcher, 'a create')
    // What was asked for goes on without it.
    trial.fired((await waits()) ? 'half created' : 'start under way')
    if (cancels) {
      allowStops(trial)
      await cancelRun(trial)
    }
    await killOn(trial)
  },
}
