import { TrialEnded } from '../finding.ts'
import { describeEnd } from '../launcher-end.ts'
import { runningJob } from '../running-jobs.ts'
import type { Scenario } from '../scenario.ts'
import { laterStrike } from '../strike.ts'

export const code: Scenario = {
  name: 'code',
  summary: 'the code changes between a launcher and the next: refused, and then told to go on with it',
  async run(trial) {
    const { random } = trial
    const kill = random.chance(0.5) ? laterStrike(trial) : undefined
    trial.prepare({ extra: true }, ['left', 'extra'])
    // The new code does not call it: its job is stopped.
    trial.mayFail.set('extra', ['stopped'])
    const first = await trial.launch()
    await Promise.all([runningJob(trial, 'extra'), runningJob(trial, 'left')])
    first.send('SIGKILL')
    await trial.died(first, 'its work')
    trial.changeCode()
    const end = await trial.endOf(await trial.launch({ by: 'resume' }))
    const told = `${end.report?.error?.message ?? ''} ${end.stderr}`
    if (end.code !== 2 || end.report?.error?.code !== 'CODE_CHANGED' || !told.includes('version.ts')) {
      trial.find('results', `changed code was to be refused, with the file that changed: ${describeEnd(end)}`)
      throw new TrialEnded()
    }
    trial.fired('changed code')
    const withIt = { by: 'resume', more: ['--with-current-code'] } as const
    if (kill !== undefined) await trial.die(kill, withIt)
    await trial.finish({ status: 'succeeded' }, withIt)
  },
}
