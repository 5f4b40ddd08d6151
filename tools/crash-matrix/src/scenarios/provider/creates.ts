import type { Scenario } from '../../scenario.ts'
import { allowStops } from '../cancel.ts'
import { killOn } from '../more-kills.ts'
import { listens, metAll, providerOf, untilMet } from './met-faults.ts'
import { CREATE } from './operations.ts'

/** Around the create, where the next launcher cannot know whether there is a job. */
const AROUND = ['4.submit:before', '4.submit:after', '6.handle:before'] as const

export const lostCreate: Scenario = {
  name: 'lost-create',
  summary: 'the answer of a create is lost, and launchers die around it',
  async run(trial) {
    const { random } = trial
    const strike = random.chance(0.6) ? ({ point: random.pick(AROUND), time: 2, act: 'SIGKILL' } as const) : undefined
    trial.prepare({}, ['left', 'right'])
    const provider = providerOf(trial)
    provider.addFaults({ kind: 'reset-after', operation: CREATE, times: random.int(1, 2) })
    if (strike === undefined) {
      const launcher = await trial.launch()
      await untilMet(provider, () => launcher.isAlive)
      launcher.send('SIGKILL')
      await trial.died(launcher, 'a lost answer')
    } else await trial.die(strike)
    const next = await trial.launch()
    await untilMet(provider, () => next.isAlive)
    next.send('SIGKILL')
    await trial.died(next, 'its work after a lost answer')
    metAll(trial, provider, 'lost-create')
    await killOn(trial)
  },
}

export const lateCreate: Scenario = {
  name: 'late-create',
  summary: 'a create is answered, or its launcher dead, before there is a job; then a cancel, or not',
  async run(trial) {
    const { random } = trial
    const delayMs = random.int(300, 4_000)
    const [cancels, diesAtOnce, pauseMs] = [random.chance(0.4), random.chance(0.6), random.int(0, 800)]
    trial.prepare({}, ['left', 'right'])
    const provider = providerOf(trial)
    provider.addFaults({ kind: 'delayed-effect', operation: CREATE, times: 2, delayMs })
    const launcher = await trial.launch()
    await untilMet(provider, () => launcher.isAlive)
    if (!diesAtOnce) await trial.pause(pauseMs)
    launcher.send('SIGKILL')
    await trial.died(launcher, 'a create that comes late')
    metAll(trial, provider, 'late-create')
    if (cancels) {
      allowStops(trial)
      const next = await trial.launch()
      await listens(next)
      await trial.pause(pauseMs)
      next.send('SIGINT')
      const end = await trial.endOf(next)
      if (end.report?.status === 'cancelled') await trial.judge(end, { status: 'cancelled', code: 130 })
    }
    await killOn(trial)
  },
}
