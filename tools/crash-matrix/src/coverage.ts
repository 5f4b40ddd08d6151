import type { LaunchPoint } from '@sidestep/core'

import type { MatrixFlavor } from './flavor.ts'
import { scenariosOf, wholeDeal } from './plan.ts'
import type { TrialReport } from './run-trial.ts'

export interface Coverage {
  /** How often a launcher was killed at each point. */
  readonly killedAt: ReadonlyMap<LaunchPoint, number>
  /** How often a launcher came to it. */
  readonly passed: ReadonlyMap<LaunchPoint, number>
  /** How often each other fault fired. */
  readonly faults: ReadonlyMap<string, number>
  /** Scenarios that no trial played, where more than one was asked for. */
  readonly notDealt: readonly string[]
  /** What should have been there and was not. */
  readonly missing: readonly string[]
}

/**
 * What was hit. Once the cards were dealt to the end ({@link wholeDeal}), every point must have killed a launcher
 * and every scenario must have come to its end; with fewer trials, that is not possible.
 */
export function coverageOf(reports: readonly TrialReport[], flavor: MatrixFlavor): Coverage {
  const killedAt = count(reports.flatMap(({ kills }) => kills.filter((point) => point !== undefined)))
  const passed = count(reports.flatMap((report) => report.passed))
  const faults = count(reports.flatMap((report) => report.faults))
  const done = new Set(reports.map(({ planned }) => planned.scenario.name))
  const notDealt = scenariosOf(flavor)
    .map(({ name }) => name)
    .filter((name) => done.size > 1 && !done.has(name))
  const dealt = reports.some(({ planned }) => planned.index >= wholeDeal(flavor) - 1) && done.size > 1
  const missing = dealt
    ? [
        ...flavor.points.filter((point) => !killedAt.has(point)).map((point) => `no launcher was killed at ${point}`),
        ...notDealt.map((name) => `the scenario ${name} was never played`),
      ]
    : []
  return { killedAt, passed, faults, notDealt, missing }
}

function count<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}
