import { afterEach, describe, expect, test } from 'vitest'

import {
  artifactStoreConformance,
  stepOperatorConformance,
  type StepOperatorConformanceOptions,
} from '../../src/index.ts'
import { prepared } from '../../src/step-operator/prepared.ts'
import { runCase, call } from '../../src/step-operator/run-case.ts'
import { subjectOf } from '../../src/step-operator/subject-of.ts'
import { found } from '../../src/step-operator/one-job-each.ts'
import { checks as budgets } from '../../src/step-operator/topics/budgets.ts'
import { checks as cancel } from '../../src/step-operator/topics/cancel.ts'
import { checks as capabilities } from '../../src/step-operator/topics/capabilities.ts'
import { checks as handles } from '../../src/step-operator/topics/handles.ts'
import { checks as creates } from '../../src/step-operator/topics/creates.ts'
import { checks as refusals } from '../../src/step-operator/topics/refusals.ts'
import { checks as restarts } from '../../src/step-operator/topics/restarts.ts'
import { checks as secrets } from '../../src/step-operator/topics/secrets.ts'
import { calls } from '../../src/steps.ts'
import { listens } from '../../src/steps/stops.ts'
import { giveChecks } from '../../src/give-checks.ts'
import type { StepOperatorSubject } from '../../src/step-operator/subject.ts'
import type { Check } from '../../src/test-function.ts'
import { caught, collected } from '../broken/collected.ts'
import { NOTHING_OF } from '../broken/nothing-of.ts'
import { over } from '../broken/over.ts'
import { endJobs, SoundService } from '../broken/sound-service.ts'
import { stackWith } from '../broken/stack-with.ts'
import { BROKEN, CannotStop, MakesTwo, NeedsASetting, StartsAgain, type Broken } from './broken-services.ts'

afterEach(endJobs)

function optionsOf(Operator: Broken['Operator']): Omit<StepOperatorConformanceOptions, 'test'> {
  return {
    ...NOTHING_OF,
    create: stackWith(Operator),
  }
}

describe('an operator is caught by the check that is meant for it', () => {
  test.for(BROKEN)('$mistake', { timeout: 120_000 }, async ({ Operator, checks: [check], message, given }) => {
    const suite = collected((each) => stepOperatorConformance({ test: each, ...optionsOf(Operator), ...given }))
    expect(await caught(suite, check?.name ?? '')).toMatch(message)
  })
})

test(
  'an operator that hands secrets on, and one whose jobs are started again, pass',
  { timeout: 120_000 },
  async () => {
    const [restart, secret] = [restarts[0]?.name ?? '', secrets[0]?.name ?? '']
    const again = collected((each) => stepOperatorConformance({ test: each, ...optionsOf(over(StartsAgain)) }))
    expect(await again.run(restart)).toBeUndefined()
    const hands = collected((each) => stepOperatorConformance({ test: each, ...optionsOf(over(SoundService)) }))
    expect(await hands.run(secret)).toBeUndefined()
  },
)

test('an operator that cannot end its jobs passes', { timeout: 120_000 }, async () => {
  const suite = collected((each) =>
    stepOperatorConformance({ test: each, ...optionsOf(over(CannotStop, { cancel: false })) }),
  )
  for (const [check] of [cancel, budgets, handles]) expect(await suite.run(check?.name ?? '')).toBeUndefined()
})

test('an operator that makes two jobs, as it says, passes: one of them runs code', { timeout: 120_000 }, async () => {
  const suite = collected((each) => stepOperatorConformance({ test: each, ...optionsOf(over(MakesTwo)) }))
  expect(await suite.run(creates[0]?.name ?? '')).toBeUndefined()
})

test('an operator that needs a setting passes with it', { timeout: 120_000 }, async () => {
  const given = { settings: { machine: 'small' }, otherSettings: { machine: 'large' } }
  const suite = collected((each) => stepOperatorConformance({ test: each, ...optionsOf(NeedsASetting), ...given }))
  for (const [check] of [capabilities, refusals]) expect(await suite.run(check?.name ?? '')).toBeUndefined()
})

test('a factor below 1 is refused', () => {
  for (const timeoutFactor of [0, 0.5, NaN, Infinity]) {
    const options = { test, ...optionsOf(over(SoundService)), timeoutFactor }
    expect(() => stepOperatorConformance(options)).toThrow('timeoutFactor must be a number of at least 1')
  }
})

test('an option that is missing, wrong or unknown is named at once', () => {
  const options = { test, ...optionsOf(over(SoundService)) }
  const call = (given: object) => () => stepOperatorConformance(given as StepOperatorConformanceOptions)
  expect(call({ ...options, provok: 'none' })).toThrow('has no option provok, but test, create, settings')
  expect(call({ ...options, test: undefined })).toThrow('stepOperatorConformance() needs test: a function')
  expect(call({ ...options, create: 7 })).toThrow('create of stepOperatorConformance() must be a function, and is 7')
  expect(call({ ...options, states: 'None' })).toThrow(`must be an object, or 'none', and is "None"`)
  expect(() => stepOperatorConformance(undefined as never)).toThrow('needs its options as an object')
  const store = { test, create: () => undefined, openArtifactStore: () => undefined, pageSize: 0, unreachable: {} }
  expect(() => artifactStoreConformance(store as never)).toThrow(
    'pageSize of artifactStoreConformance() must be a whole',
  )
  expect(() => artifactStoreConformance({ ...store, unreachable: undefined } as never)).toThrow('needs unreachable')
})

test('whoever does not answer is told about', async () => {
  class FindsNoFolder extends SoundService {
    override find(): AsyncGenerator<never> {
      throw new Error('ENOENT: no such file or directory')
    }
  }
  const finding = found(new FindsNoFolder('/nowhere'), { runId: 'a' }, 1)
  await expect(finding).rejects.toThrow(/find\(\{ runId: 'a' \}\) has rejected: .*ENOENT[^]*mend:/)
})

const neverEnds: Check<StepOperatorSubject> = {
  name: 'ends',
  timeoutMs: 4_000,
  run: async (subject) => {
    await runCase(subject, calls, [call(listens, { milliseconds: 20_000, value: 1 })])
  },
}

test('a run that does not end is told with all that happened', { timeout: 60_000 }, async () => {
  const suite = collected((each) =>
    giveChecks({
      test: each,
      name: 'deadline',
      subjectOf: (place) => subjectOf(place, optionsOf(over(SoundService))),
      checks: [prepared(neverEnds, 1)],
    }),
  )
  const message = await caught(suite, 'ends')
  expect(message).toMatch(/had not ended when the time of the check was over:\n.* run\.started/)
  expect(message).toMatch(/step\.started listens/)
})
