import { expect, test } from 'vitest'

import { coverageOf } from '../src/coverage.ts'
import { local } from '../src/flavors/local.ts'
import { leastTrials } from '../src/matrix.ts'
import { planTrial, SCENARIOS, scenariosOf, wholeDeal } from '../src/plan.ts'
import { POINTS_WITHOUT_IMAGE } from '../src/points.ts'
import { Random } from '../src/random.ts'
import type { Planned, TrialReport } from '../src/run-trial.ts'
import { PROVIDER_FAULTS } from '../src/scenarios/provider-faults.ts'
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

test('as many kills as a deal has trials go on until all is dealt; fewer, or one scenario alone, do not', () => {
  const flavor = { ...local, scenarios: PROVIDER_FAULTS }
  const whole = wholeDeal(flavor)
  expect(leastTrials({ kills: 200, flavor })).toBe(whole)
  expect(leastTrials({ kills: whole - 1, flavor })).toBe(0)
  expect(leastTrials({ kills: 200, flavor, only: { scenario: 'quota' } })).toBe(0)
  const dealt = Array.from({ length: whole }, (_, index) => planTrial(index, { seed: 's', flavor }).scenario.name)
  expect(new Set(dealt)).toEqual(new Set(scenariosOf(flavor).map(({ name }) => name)))
})

test('what was not dealt is named, and is a failure once all could have been', () => {
  const some = coverageOf(trials.slice(0, 10).map(reportOf), local)
  expect(some.notDealt).toHaveLength(scenariosOf(local).length - 6)
  expect(some.missing).toEqual([])
  const without = trials.filter(({ scenario }) => scenario.name !== 'clock')
  const { notDealt, missing } = coverageOf(without.map(reportOf), local)
  expect(notDealt).toEqual(['clock'])
  expect(missing).toEqual(['the scenario clock was never played'])
})

/** Of a trial that went as planned. */
function reportOf(planned: Planned): TrialReport {
  const { scenario, dealt } = planned
  const kills = scenario.name === 'points' ? [dealt.point] : []
  return { planned, stack: 'default', findings: [], kills, passed: kills, faults: [], durationMs: 0 }
}
