import type { MatrixFlavor } from './flavor.ts'
import { Random } from './random.ts'
import type { Planned } from './run-trial.ts'
import type { Scenario } from './scenario.ts'
import { FAULTS, points } from './scenarios/all.ts'

/** So many trials deal every point and every other scenario at least once. */
export function wholeDeal(flavor: Pick<MatrixFlavor, 'points' | 'without' | 'scenarios'>): number {
  return 2 * Math.max(flavor.points.length, faultsOf(flavor).length)
}

/**
 * The i-th trial of a seed. Points and the other scenarios take turns, each dealt like cards: all of them before any comes
 * again, in an order that the seed shuffles.
 */
export function planTrial(
  index: number,
  { seed, flavor }: { readonly seed: string; readonly flavor: MatrixFlavor },
): Planned {
  const turn = Math.floor(index / 2)
  const point = deal(flavor.points, turn, `${seed}/points`)
  const scenario = index % 2 === 0 ? points : deal(faultsOf(flavor), turn, `${seed}/scenarios`)
  return { index, scenario, dealt: { point } }
}

function faultsOf({ without, scenarios }: Pick<MatrixFlavor, 'without' | 'scenarios'>): readonly Scenario[] {
  return [...FAULTS.filter(({ name }) => without[name] === undefined), ...scenarios]
}

/** All that a flavor's trials can be. */
export function scenariosOf(flavor: Pick<MatrixFlavor, 'without' | 'scenarios'>): readonly Scenario[] {
  return [points, ...faultsOf(flavor)]
}

function deal<T>(cards: readonly T[], turn: number, name: string): T {
  const round = Math.floor(turn / cards.length)
  const card = Random.of(name, round).shuffle(cards)[turn % cards.length]
  if (card === undefined) throw new Error('there is nothing to deal')
  return card
}

/** In the order of `--help`. */
export const SCENARIOS: readonly Scenario[] = [points, ...FAULTS]
