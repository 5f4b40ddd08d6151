import type { Scenario } from '../scenario.ts'
import { describeStrike, laterStrike } from '../strike.ts'
import { killOn } from './more-kills.ts'

export const clock: Scenario = {
  name: 'clock',
  summary: "the launcher's clock jumps by hours, forwards or back, while it works",
  async run(trial) {
    const { random } = trial
    const shiftHours = random.pick([-30, -3, 3, 30])
    const jump = { time: random.int(1, 30), act: 'shift-clock' } as const
    const death = { time: jump.time + random.int(1, 30), act: 'SIGKILL' } as const
    const [alsoLater, jumpLater] = [random.chance(0.5), random.int(1, 6)]
    const strike = laterStrike(trial)
    trial.prepare({})
    const launcher = await trial.launch({ orders: [jump, death], shiftHours })
    await trial.died(launcher, describeStrike(death))
    trial.fired('clock')
    if (alsoLater) {
      // A launcher that finds times of another clock.
      const before = [{ time: jumpLater, act: 'shift-clock' }] as const
      await trial.die({ time: jumpLater + 4, act: 'SIGKILL' }, { before, shiftHours: -shiftHours })
    }
    await trial.die(strike)
    await killOn(trial)
  },
}
