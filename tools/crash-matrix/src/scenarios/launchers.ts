import { TrialEnded } from '../finding.ts'
import { describeEnd } from '../launcher-end.ts'
import type { Launcher, LauncherEnd } from '../launcher.ts'
import { POINTS_WITHOUT_IMAGE } from '../points.ts'
import type { Scenario } from '../scenario.ts'
import { freshStrike, laterStrike, orderAt } from '../strike.ts'
import type { Trial } from '../trial.ts'
import { until } from '../until.ts'
import { killOn } from './more-kills.ts'

/** Longer than a lease, in milliseconds. */
const PAST_THE_LEASE_MS = 66_000
/** Where a launcher stands still: about to act, or just after. */
const STOPS = POINTS_WITHOUT_IMAGE.filter((point) => /^(2\.|3\.|4\.submit|6\.|7\.observe|8\.read)/.test(point))
const REFUSED = ['RUN_OWNED', 'RUN_TAKEN_OVER']

/** `waits` lets the lease run out; else the clock of the second launcher is ahead, so that it has run out for it. */
function stopped(name: string, summary: string, waits: boolean): Scenario {
  return {
    name,
    summary,
    async run(trial) {
      const { random } = trial
      const stop = { ...orderAt(random.pick(STOPS), random), act: 'SIGSTOP' } as const
      const wakesAfterMs = random.int(0, 1_500)
      trial.prepare({})
      const first = await trial.launch({ orders: [stop] })
      if (await first.did('SIGSTOP')) trial.fired(name)
      else {
        trial.find('faults', `the launcher ended before it was stopped: ${describeEnd(await trial.endOf(first))}`)
        throw new TrialEnded()
      }
      // Until then, it is another one's.
      await refused(trial, ['runs', 'resume', trial.runId, '--take-over', '--output', 'json'])
      if (waits) await trial.pause(PAST_THE_LEASE_MS)
      // Killed before it comes to its jobs, if at all: the third one wakes the first up at its work.
      const second = await trial.launch({
        by: 'resume',
        more: ['--take-over'],
        ...(waits ? {} : { clockHours: 1 }),
      })
      await taken(trial, second, 2)
      await trial.pause(wakesAfterMs)
      first.send('SIGCONT')
      // Its work is another's now: it ends, and leaves everything as it is.
      await leftIt(trial, first)
      second.send('SIGKILL')
      await trial.died(second, 'its work on a run that it took over')
      await killOn(trial)
    },
  }
}

export const stoppedLauncher: Scenario = stopped(
  'stopped',
  'a launcher hangs, another one takes over, the first one wakes up; the clock says that the lease is over',
  false,
)

export const stoppedPastLease: Scenario = stopped(
  'lease',
  'a launcher hangs for longer than its lease, another one takes over, the first one wakes up',
  true,
)

export const twoBegin: Scenario = {
  name: 'two-begin',
  summary: 'two launchers begin the same run at once',
  async run(trial) {
    const pauseMs = trial.random.int(0, 60)
    const strike = laterStrike(trial)
    trial.prepare({})
    const one = await trial.launch({ by: 'begin' })
    await trial.pause(pauseMs)
    const other = await trial.launch({ by: 'begin' })
    await oneGivesWay(trial, one, other)
    await trial.die(strike)
    await killOn(trial)
  },
}

export const twoResume: Scenario = {
  name: 'two-resume',
  summary: 'two launchers go on with the same dead run at once',
  async run(trial) {
    const pauseMs = trial.random.int(0, 60)
    const strike = freshStrike(trial)
    trial.prepare({})
    await trial.die(strike)
    const one = await trial.launch()
    await trial.pause(pauseMs)
    const other = await trial.launch()
    await oneGivesWay(trial, one, other)
    await killOn(trial)
  },
}

/** One of two launchers is refused; the other one is killed then. */
async function oneGivesWay(trial: Trial, one: Launcher, other: Launcher): Promise<void> {
  await until('one of two launchers gives way', () => !one.isAlive || !other.isAlive)
  const [loser, winner] = one.isAlive ? [other, one] : [one, other]
  await leftIt(trial, loser)
  trial.fired('two at once')
  winner.send('SIGKILL')
  await trial.died(winner, 'its work, alone')
}

/** A launcher that ends because the run is another's. */
async function leftIt(trial: Trial, launcher: Launcher): Promise<void> {
  const end = await trial.endOf(launcher)
  if (isRefusal(end)) return
  trial.find('results', `a launcher was to leave the run to another one: ${describeEnd(end)}`)
  throw new TrialEnded()
}

async function refused(trial: Trial, args: readonly string[]): Promise<void> {
  const end = await trial.endOf(trial.start(args))
  if (isRefusal(end)) return
  trial.find('results', `a launcher was to be refused while another one owns the run: ${describeEnd(end)}`)
  throw new TrialEnded()
}

function isRefusal({ code, report }: LauncherEnd): boolean {
  return code !== 0 && REFUSED.includes(report?.error?.code ?? '')
}

/** Waits until the run has its n-th owner. */
async function taken({ store, runId }: Trial, launcher: Launcher, n: number): Promise<void> {
  await until(
    `launcher ${n} owns the run`,
    async () => !launcher.isAlive || (await store.stat(`runs/${runId}/launchers/${n}.json`)) !== undefined,
  )
}
