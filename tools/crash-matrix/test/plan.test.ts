import { expect, test } from 'vitest'

import { local } from '../src/flavors/local.ts'
import { planTrial, SCENARIOS, wholeDeal } from '../src/plan.ts'
import { POINTS_WITHOUT_IMAGE } from '../src/points.ts'
import { Random } from '../src/random.ts'
import { freshStrike } from '../src/strike.ts'

const trials = Array.from({ length: wholeDeal(local) }, (_, index) => planTrial(index, { seed: 's', flavor: local }))

test('a whole deal holds every point and every scenario', () => {
  const dealt = trials.filter(({ scenario }) => scenario.name === 'points').map(({ dealt: { point } }) => point)
  expect(new Set(dealt)).toEqual(new Set(POINTS_WITHOUT_IMAGE))
  expect(new Set(trials.map(({ scenario }) => scenario.name))).toEqual(
    new Set(SCENARIOS.map(({ name }) => name).filter((name) => local.without[name] === undefined)),
  )
})

test('a trial depends on the seed and its number alone', () => {
  const again = planTrial(37, { seed: 's', flavor: local })
  expect(again).toEqual(trials[37])
  const strike = () => freshStrike({ random: Random.of('s', 37), flavor: local })
  expect(strike()).toEqual(strike())
  const others = trials.map(({ index }) => planTrial(index, { seed: 't', flavor: local }).dealt.point)
  expect(others).not.toEqual(trials.map(({ dealt: { point } }) => point))
})

test('a scenario that a flavor cannot have is not dealt', () => {
  const flavor = { ...local, without: { ...local.without, restart: 'nothing restarts there' } }
  const names = trials.map(({ index }) => planTrial(index, { seed: 's', flavor }).scenario.name)
  expect(names).not.toContain('restart')
})
