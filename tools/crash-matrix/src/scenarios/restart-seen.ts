import type { Scenario } from '../scenario.ts'
import { laterStrike } from '../strike.ts'
import { finishCancelled } from './cancel.ts'

export const restartSeen: Scenario = {
  name: 'restart-seen',
  summary: 'a job is restarted from outside under a launcher that may take it for its end; both die later',
  async run(trial) {
    const { random } = trial
    const step = random.pick(['left', 'right'] as const)
    const pauseMs = random.int(0, 1_500)
    const strike = laterStrike(trial)
    trial.prepare({}, [step])
    // Whoever restarts a job stops it first.
    for (const name of ['left', 'right', 'joined']) trial.mayFail.set(name, ['stopped', 'infra'])
    const launcher = await trial.launch()
    const job = await trial.runningJob(step)
    const goOn = await trial.flavor.restart(trial.home, job)
    trial.fired('restart seen')
    await trial.pause(pauseMs)
    goOn()
    launcher.send('SIGKILL')
    const end = await trial.endOf(launcher)
    // The stop may have ended the run by then.
    if (end.signal === 'SIGKILL') {
      trial.kills.push(undefined)
      await trial.die(strike)
    }
    await finishCancelled(trial)
  },
}
