import type { LaunchPoint } from '@sidestep/core'

import type { OperatorUnderTest } from './operator-under-test.ts'
import type { Order } from './orders.ts'
import { timesOf } from './points.ts'
import type { Random } from './random.ts'

/** How a launcher is killed: at a place of its own way, or from outside at some moment after its start. */
export type Strike = Order | { readonly afterMs: number }

/** A trial, as far as a strike depends on it. */
interface Struck {
  readonly random: Random
  readonly flavor: Pick<OperatorUnderTest, 'points' | 'pace'>
}

/** A launcher is up and has launched jobs long before, where jobs are processes. */
const LONGEST_MS = 2_500
/** Points that a launcher passes before its jobs run. */
const MOST_EVENTS = 36

/** What any fresh launcher comes to, and nothing else. */
export function commonPoints({ points }: Pick<OperatorUnderTest, 'points'>): readonly LaunchPoint[] {
  return points.filter((point) => /^(1\.|2\.|3\.|4\.submit|6\.|7\.observe|8\.read)/.test(point))
}

export function orderAt(point: LaunchPoint, random: Random): Order {
  return { point, time: random.int(1, timesOf(point)), act: 'SIGKILL' }
}

/** For a launcher that finds nothing done: any common point, any place, any moment. */
export function freshStrike({ random, flavor }: Struck): Strike {
  const draw = random.next()
  if (draw < 0.5) return orderAt(random.pick(commonPoints(flavor)), random)
  if (draw < 0.75) return { time: random.int(1, MOST_EVENTS), act: 'SIGKILL' }
  return { afterMs: random.int(0, LONGEST_MS * flavor.pace) }
}

/** For a launcher that finds nothing done: before its jobs have run for long. */
export function earlyStrike({ random, flavor }: Struck): Strike {
  return orderAt(random.pick(commonPoints(flavor)), random)
}

/** For one that finds some of it done: at once when it looks at the first steps. */
export function earlyLaterStrike({ random }: Pick<Struck, 'random'>): Strike {
  return { time: random.int(1, 4), act: 'SIGKILL' }
}

/** For one that finds some of it done: what is left to pass cannot be known, but there is always something. */
export function laterStrike({ random, flavor }: Struck): Strike {
  if (random.chance(0.5)) return { time: random.int(1, 12), act: 'SIGKILL' }
  return { afterMs: random.int(0, LONGEST_MS * flavor.pace) }
}

export function describeStrike(strike: Strike): string {
  if ('afterMs' in strike) return `${strike.afterMs} ms after its start`
  return strike.point === undefined ? `point number ${strike.time}` : `${strike.point} (${strike.time})`
}
