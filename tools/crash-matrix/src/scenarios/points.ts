import type { Order } from '../orders.ts'
import { recipeOf } from '../points.ts'
import { runningJob } from '../running-jobs.ts'
import type { Scenario } from '../scenario.ts'
import { describeStrike, orderAt } from '../strike.ts'
import { finishCancelled } from './cancel.ts'
import { killOn } from './more-kills.ts'

/** Jobs that were told to stop on the way: their attempts have failed by that, and others follow. */
const STOPPED = ['stopped', 'infra']

export const points: Scenario = {
  name: 'points',
  summary: 'the launcher dies at a numbered point, before or after',
  async run(trial, { point }) {
    const { random } = trial
    const strike = orderAt(point, random)
    const { first, cancel, killsJob = false } = recipeOf(point, random)
    const signal: Order[] = []
    if (cancel === 'running') signal.push({ point: '7.observe:before', time: random.int(3, 8), act: 'SIGINT' })
    else if (cancel !== undefined) signal.push(cancel)
    // Jobs that are to be found, stopped or killed must not have ended.
    const hold = first !== undefined || cancel !== undefined || killsJob ? ['left', 'right'] : []
    trial.prepare({}, hold)
    if (first !== undefined) await trial.die(first)
    if (cancel !== undefined) for (const step of ['left', 'right', 'joined']) trial.mayFail.set(step, STOPPED)
    if (killsJob) {
      trial.mayFail.set('left', [trial.flavor.killedAs])
      const launcher = await trial.launch({ orders: [strike] })
      const job = await runningJob(trial, 'left')
      if (await trial.flavor.killEntrypoint(trial.home, job)) trial.fired('entrypoint killed')
      await trial.died(launcher, describeStrike(strike))
    } else {
      await trial.die(strike, { before: signal })
    }
    if (cancel === undefined) await killOn(trial)
    else await finishCancelled(trial)
  },
}
