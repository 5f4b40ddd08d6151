import { runningJob } from '../../running-jobs.ts'
import type { Scenario } from '../../scenario.ts'
import { allowStops, finishCancelled } from '../cancel.ts'
import { killOn } from '../more-kills.ts'
import { listens, metAll, providerOf, untilMet } from './met-faults.ts'
import { ofJob } from './misfortune.ts'
import { STOP } from './operations.ts'

export const stuck: Scenario = {
  name: 'stuck',
  summary: 'no machine comes for a job; its launchers die, one is told to cancel, and the run goes on',
  async run(trial) {
    const { random } = trial
    const pausesMs = [random.int(0, 1_500), random.int(500, 3_000)] as const
    trial.prepare({}, ['left', 'right'])
    allowStops(trial)
    const provider = providerOf(trial)
    provider.addFaults(ofJob('stuck'))
    const launcher = await trial.launch()
    // A job's fault counts as met only when the job has come so far.
    await untilMet(provider, () => launcher.isAlive)
    await trial.pause(pausesMs[0])
    launcher.send('SIGKILL')
    await trial.died(launcher, 'a stuck job')
    metAll(trial, provider, 'stuck')
    const next = await trial.launch()
    await listens(next)
    await trial.pause(pausesMs[1])
    next.send('SIGINT')
    await trial.judge(await trial.endOf(next), { status: 'cancelled', code: 130 })
    await killOn(trial)
  },
}

export const stopFaults: Scenario = {
  name: 'stop-faults',
  summary: 'Ctrl-C while user code runs, and the calls that stop jobs are refused, broken or slow; then a kill, or not',
  async run(trial) {
    const { random } = trial
    const kinds = random.shuffle([
      'throttle',
      'server-error',
      'reset-before',
      'reset-after',
      'slow',
      'expired-token',
    ] as const)
    const [kill, pauseMs] = [random.chance(0.5), random.int(0, 300)]
    trial.prepare({}, ['left', 'right'])
    allowStops(trial)
    const provider = providerOf(trial)
    provider.addFaults(...kinds.slice(0, 2).map((kind) => ({ kind, operation: STOP })))
    const launcher = await trial.launch()
    await Promise.all([runningJob(trial, 'left'), runningJob(trial, 'right')])
    launcher.send('SIGINT')
    await untilMet(provider, () => launcher.isAlive)
    metAll(trial, provider, 'stop-faults')
    if (kill) {
      await trial.pause(pauseMs)
      launcher.send('SIGKILL')
      const end = await trial.endOf(launcher)
      // It may have been faster, and the run is cancelled then.
      if (end.signal === 'SIGKILL') trial.kills.push(undefined)
      await finishCancelled(trial)
      return
    }
    await trial.judge(await trial.endOf(launcher), { status: 'cancelled', code: 130 })
    await killOn(trial)
  },
}
