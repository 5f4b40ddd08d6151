import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { MatrixFlavor } from './flavor.ts'
import { planTrial, wholeDeal } from './plan.ts'
import { runTrial, type Planned, type TrialReport } from './run-trial.ts'

export interface MatrixOptions {
  readonly flavor: MatrixFlavor
  readonly seed: string
  /** Launchers to kill, at least. */
  readonly kills: number
  /** Trials at once. */
  readonly jobs: number
  /** Name of a scenario, number of a trial, or `name#number`. */
  readonly only?: Only
  readonly keep: boolean
  readonly stack?: string
  readonly signal: AbortSignal
  /** Called as trials end, in that order. */
  readonly onTrial: (report: TrialReport) => void
}

export interface Only {
  readonly scenario?: string
  readonly index?: number
}

/** After so many failures nothing is learned any more, and where all fail at once, nothing is killed either. */
const MOST_FAILURES = 20
/** Trials that do nothing but wait for a lease to run out: they take no place of others. */
const WAITING = 'lease'

/** Does trials until enough launchers were killed and {@link leastTrials} were begun, or too many trials failed. Rejects where it is told to stop; everything is ended then, too. */
export async function runMatrix(options: MatrixOptions): Promise<readonly TrialReport[]> {
  const { flavor, seed, jobs, keep, signal, onTrial, stack } = options
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sidestep-crash-matrix-')))
  const reports: TrialReport[] = []
  const running = new Map<Promise<void>, Planned>()
  const surroundings = { flavor, seed, folder, keep, signal, ...(stack === undefined ? {} : { stack }) }
  const start = (planned: Planned): void => {
    const trial = runTrial(planned, surroundings)
      .then((report) => {
        reports.push(report)
        onTrial(report)
      })
      .finally(() => running.delete(trial))
    running.set(trial, planned)
  }
  try {
    for (const planned of plans(options)) {
      signal.throwIfAborted()
      const isEnough = killsIn(reports) >= options.kills && planned.index >= leastTrials(options)
      if (isEnough || failuresIn(reports) >= MOST_FAILURES) break
      start(planned)
      const busy = (): number => [...running.values()].filter(({ scenario }) => scenario.name !== WAITING).length
      while (busy() >= jobs) await Promise.race(running.keys())
    }
    await Promise.all(running.keys())
    return reports
  } finally {
    await Promise.allSettled(running.keys())
    if (!keep && reports.every(({ findings }) => findings.length === 0))
      rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * So many trials are begun, however many launchers they kill: as many kills as a whole deal has trials come before its end, and what is left
 * would be the seed's chance. With fewer, not all can be dealt.
 */
export function leastTrials({ kills, flavor, only }: Pick<MatrixOptions, 'kills' | 'flavor' | 'only'>): number {
  const isOnly = only?.scenario !== undefined || only?.index !== undefined
  const whole = wholeDeal(flavor)
  return isOnly || kills < whole ? 0 : whole
}

export function killsIn(reports: readonly TrialReport[]): number {
  return reports.reduce((sum, { kills }) => sum + kills.length, 0)
}

function failuresIn(reports: readonly TrialReport[]): number {
  return reports.filter(({ findings }) => findings.length > 0).length
}

function* plans({ seed, flavor, only = {} }: MatrixOptions): Generator<Planned> {
  if (only.index !== undefined) {
    yield planTrial(only.index, { seed, flavor })
    return
  }
  for (let index = 0; ; index += 1) {
    const planned = planTrial(index, { seed, flavor })
    if (only.scenario === undefined || planned.scenario.name === only.scenario) yield planned
  }
}
