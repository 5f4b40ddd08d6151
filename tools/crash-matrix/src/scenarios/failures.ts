import { runningJob } from '../running-jobs.ts'
import type { Scenario } from '../scenario.ts'
import { earlyLaterStrike, earlyStrike, freshStrike, laterStrike } from '../strike.ts'
import { killOn } from './more-kills.ts'
import { silentRegistry } from './silent-registry.ts'

export const sibling: Scenario = {
  name: 'sibling',
  summary: 'a step fails while others run; they are stopped, and the run goes on later',
  async run(trial) {
    const { random } = trial
    const strikes = [freshStrike(trial), ...(random.chance(0.5) ? [laterStrike(trial)] : [])]
    trial.prepare({ breaks: true }, ['left', 'right', 'breaks'])
    for (const step of ['left', 'right', 'joined']) trial.mayFail.set(step, ['stopped', 'infra'])
    trial.mayFail.set('breaks', ['step'])
    for (const strike of strikes) await trial.die(strike)
    const launcher = await trial.launch()
    await Promise.all(['left', 'right', 'breaks'].map((step) => runningJob(trial, step)))
    trial.files.openGate('breaks')
    const end = await trial.endOf(launcher)
    await trial.judge(end, { status: 'failed', kind: 'step', step: 'breaks' })
    trial.fired('sibling')
    await killOn(trial)
  },
}

export const retry: Scenario = {
  name: 'retry',
  summary: 'a step fails, and is tried again, as often as it is to',
  async run(trial) {
    const { random } = trial
    const flaky = random.int(1, 2)
    const strike = freshStrike(trial)
    trial.prepare({ flaky })
    trial.mayFail.set('flaky', ['step'])
    await trial.die(strike)
    await killOn(trial)
    const attempts = trial.files.evidence().filter(({ step, event }) => step === 'flaky' && event === 'start').length
    if (attempts !== flaky + 1) trial.find('results', `flaky ran ${attempts} times and not ${flaky + 1}`)
    trial.fired('retry')
  },
}

/** A step uses its budget up, whether a launcher watches it or not; the run fails by that, and no job goes on. */
function budgetIsOver(budget: 'queue' | 'run' | 'total'): Scenario {
  return {
    name: `budget-${budget}`,
    summary: `a job uses up its ${budget} budget, with or without a launcher alive`,
    async run(trial) {
      const { random } = trial
      // Later ones would come too late: the budget is over soon.
      const strikes = [earlyStrike(trial), ...(random.chance(0.5) ? [earlyLaterStrike(trial)] : [])]
      const registry = budget === 'queue' ? await silentRegistry(trial) : undefined
      try {
        trial.prepare({ budget }, ['left', 'right'])
        for (const step of ['left', 'right']) trial.mayFail.set(step, ['stopped'])
        for (const strike of strikes) await trial.die(strike)
        const end = await trial.endOf(await trial.launch())
        await trial.judge(end, { status: 'failed', kind: 'timeout', step: `slow-${budget}` })
        trial.fired(`budget ${budget}`)
      } finally {
        registry?.close()
      }
    },
  }
}

export const budgets: readonly Scenario[] = (['queue', 'run', 'total'] as const).map(budgetIsOver)
