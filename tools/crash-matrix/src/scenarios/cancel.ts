import { leftRunning } from '../audit/left-running.ts'
import { TrialEnded } from '../finding.ts'
import { describeEnd } from '../launcher-end.ts'
import type { Launcher } from '../launcher.ts'
import { liveJob, ownedJob, runningJob } from '../running-jobs.ts'
import type { Scenario } from '../scenario.ts'
import { commonPoints, earlyLaterStrike, freshStrike, laterStrike } from '../strike.ts'
import type { Trial } from '../trial.ts'
import { killOn } from './more-kills.ts'
import { silentRegistry } from './silent-registry.ts'

const STEPS = ['left', 'right', 'joined', 'extra']

/** What was stopped is tried again when the run goes on. */
export function allowStops(trial: Trial): void {
  for (const step of STEPS) trial.mayFail.set(step, ['stopped', 'infra'])
}

export const cancelSignal: Scenario = {
  name: 'cancel-signal',
  summary: 'Ctrl-C at a point on the way to a running job, the create included; then the run goes on',
  async run(trial) {
    const { random } = trial
    const point = random.pick(commonPoints(trial.flavor))
    const killed = random.chance(0.5) ? freshStrike(trial) : undefined
    trial.prepare({})
    allowStops(trial)
    if (killed !== undefined) await trial.die(killed)
    // After a kill the point may lie behind: any of the next ones will do.
    const place = killed === undefined ? { point, time: 1 } : { time: random.int(1, 4) }
    const launcher = await trial.launch({ orders: [{ ...place, act: 'SIGINT' }] })
    await cancelled(trial, launcher)
    trial.fired('SIGINT')
    await killOn(trial)
  },
}

export const cancelPhase: Scenario = {
  name: 'cancel-phase',
  summary: 'Ctrl-C while user code runs, and a kill while the jobs are being stopped',
  async run(trial) {
    const { random } = trial
    const pauseMs = random.int(0, 80)
    const kill = random.chance(0.7)
    trial.prepare({}, ['left', 'right'])
    allowStops(trial)
    const launcher = await trial.launch()
    await runningJob(trial, 'left')
    launcher.send('SIGINT')
    trial.fired('SIGINT')
    if (!kill) {
      await cancelled(trial, launcher)
      await killOn(trial)
      return
    }
    await trial.pause(pauseMs)
    launcher.send('SIGKILL')
    const end = await trial.endOf(launcher)
    // It may have been faster, and the run is cancelled then.
    if (end.signal === 'SIGKILL') trial.kills.push(undefined)
    await finishCancelled(trial)
  },
}

export const cancelProvisioning: Scenario = {
  name: 'cancel-provisioning',
  summary: 'Ctrl-C while the packages of a job are being installed',
  async run(trial) {
    const strike = earlyLaterStrike(trial)
    const registry = await silentRegistry(trial)
    try {
      trial.prepare({ budget: 'queue' }, ['left', 'right'])
      allowStops(trial)
      const launcher = await trial.launch()
      await ownedJob(trial, 'left')
      await liveJob(trial, 'slow-queue')
      launcher.send('SIGINT')
      trial.fired('SIGINT')
      await cancelled(trial, launcher)
      await trial.die(strike)
      // Its packages never come.
      await trial.finish({ status: 'failed', kind: 'timeout', step: 'slow-queue' })
    } finally {
      registry.close()
    }
  },
}

export const cancelCommand: Scenario = {
  name: 'cancel-command',
  summary: '`sidestep runs cancel`, of a live launcher or a dead one',
  async run(trial) {
    const { random } = trial
    const alive = random.chance(0.5)
    const strike = freshStrike(trial)
    const later = laterStrike(trial)
    trial.prepare({}, ['left', 'right'])
    allowStops(trial)
    await trial.die(strike)
    // One that died before it began has left nothing to be cancelled.
    if (!(await trial.hasBegun())) await trial.die(later)
    if (!(await trial.hasBegun())) return killOn(trial)
    if (alive) {
      const launcher = await trial.launch()
      await runningJob(trial, 'left')
      await cancelRun(trial)
      await cancelled(trial, launcher, 1)
    } else {
      await cancelRun(trial)
    }
    await killOn(trial)
  },
}

/** A launcher that was told to cancel, and did. */
async function cancelled(trial: Trial, launcher: Launcher, code: 130 | 1 = 130): Promise<void> {
  await trial.judge(await trial.endOf(launcher), { status: 'cancelled', code })
}

/** Somebody cancels the run by the command, and nothing of it is left. */
export async function cancelRun(trial: Trial): Promise<void> {
  const end = await trial.endOf(trial.start(['runs', 'cancel', trial.runId]))
  if (end.code !== 0) {
    trial.find('results', `runs cancel was to end the run: ${describeEnd(end)}`)
    throw new TrialEnded()
  }
  trial.fired('runs cancel')
  trial.findings.push(...(await leftRunning(trial, end.at)))
}

/**
 * Ends a run whose launcher died while it cancelled. What it had stopped may fail the run once more; then the next one
 * goes on with it.
 */
export async function finishCancelled(trial: Trial): Promise<void> {
  trial.openGates()
  for (const step of STEPS) trial.mayFail.set(step, ['stopped', 'infra'])
  const end = await trial.endOf(await trial.launch())
  if (end.report?.status === 'failed' && end.report.error?.kind === 'stopped') {
    await trial.judge(end, { status: 'failed', kind: 'stopped' })
    await trial.finish()
  } else {
    await trial.judge(end, { status: 'succeeded' })
  }
}
