import type { Expected } from '../launcher-end.ts'
import { laterStrike } from '../strike.ts'
import type { Trial } from '../trial.ts'

/**
 * Kills the launchers that go on with the run some more times, at last one that is about to finish, and lets the run
 * come to its end.
 */
export async function killOn(trial: Trial, expected: Expected = { status: 'succeeded' }): Promise<void> {
  const { random } = trial
  const strikes = Array.from({ length: random.int(0, 3) }, () => laterStrike(trial))
  const late = random.chance(0.6) ? random.int(300, 2_200 * trial.flavor.pace) : undefined
  for (const strike of strikes) await trial.die(strike)
  const end = late === undefined ? undefined : await trial.dieLate(late)
  if (end === undefined) await trial.finish(expected)
  else await trial.judge(end, expected)
}
