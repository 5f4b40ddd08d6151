import type { Launcher } from '../launcher.ts'
import { runningJob } from '../running-jobs.ts'
import type { Scenario } from '../scenario.ts'
import type { Trial } from '../trial.ts'
import { finishCancelled } from './cancel.ts'

export const byHand: Scenario = {
  name: 'by-hand',
  summary:
    'somebody stops, kills, restarts, pauses or removes a job with the provider’s own tools, under a launcher or not',
  async run(trial) {
    const { random, flavor } = trial
    const step = random.pick(['left', 'right'] as const)
    const [name, act] = random.pick(Object.entries(flavor.byHand))
    const [diesFirst, undoneFirst] = [random.chance(0.5), random.chance(0.5)]
    const pausesMs = [random.int(0, 1_500), random.int(500, 2_500 * flavor.pace)] as const
    trial.prepare({}, [step])
    // Who is seen to be stopped is not tried again by itself.
    for (const other of ['left', 'right', 'joined']) trial.mayFail.set(other, ['stopped', 'infra'])
    const launcher = await trial.launch()
    const job = await runningJob(trial, step)
    if (diesFirst) await kill(trial, launcher)
    const undo = await act(job, trial.home)
    trial.fired(`by hand: ${name}`)
    await trial.pause(pausesMs[0])
    if (undoneFirst) await undo()
    if (!diesFirst) await kill(trial, launcher)
    const next = await trial.launch()
    await trial.pause(pausesMs[1])
    await kill(trial, next)
    if (!undoneFirst) await undo()
    await finishCancelled(trial)
  },
}

/** What was done to the job may have ended the run by then. */
async function kill(trial: Trial, launcher: Launcher): Promise<void> {
  launcher.send('SIGKILL')
  const end = await trial.endOf(launcher)
  if (end.signal === 'SIGKILL') trial.kills.push(undefined)
}
