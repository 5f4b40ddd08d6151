import { expect, test } from 'vitest'

import { local } from '../src/flavors/local.ts'
import { planTrial, SCENARIOS, WHOLE_DEAL } from '../src/plan.ts'
import { POINTS } from '../src/points.ts'
import { Random } from '../src/random.ts'
import { freshStrike } from '../src/strike.ts'

const trials = Array.from({ length: WHOLE_DEAL }, (_, index) => planTrial(index, { seed: 's', flavor: local }))

test('a whole deal holds every point and every scenario', () => {
  const dealt = trials.filter(({ scenario }) => scenario.name === 'points').map(({ dealt: { point } }) => point)
  expect(new Set(dealt)).toEqual(new Set(POINTS))
  expect(new Set(trials.map(({ scenario }) => scenario.name))).toEqual(new Set(SCENARIOS.map(({ name }) => name)))
})

test('a trial depends on the seed and its number alone', () => {
  const again = planTrial(37, { seed: 's', flavor: local })
  expect(again).toEqual(trials[37])
  expect(freshStrike(Random.of('s', 37))).toEqual(freshStrike(Random.of('s', 37)))
  const others = trials.map(({ index }) => planTrial(index, { seed: 't', flavor: local }).dealt.point)
  expect(others).not.toEqual(trials.map(({ dealt: { point } }) => point))
})

test('a scenario that a flavor cannot have is not dealt', () => {
  const flavor = { ...local, without: { restart: 'nothing restarts there' } }
  const names = trials.map(({ index }) => planTrial(index, { seed: 's', flavor }).scenario.name)
  expect(names).not.toContain('restart')
})
