import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { jobEnvironment, type JobEnvironmentParts } from '../../src/operator/job-environment.ts'
import { MARK_COUNT } from '../../src/operator/job-marks.ts'
import { thrown } from './job-to-prepare.ts'

const LONG = 'x'.repeat(513)

function made(parts: Partial<JobEnvironmentParts>): ReturnType<typeof jobEnvironment> {
  return jobEnvironment({ stepName: 'train', environment: {}, ofSettings: {}, ...parts })
}

// ZenML #1993: values over 512 characters were refused by SageMaker, or cut into pieces that a wrapper had to join again.
describe("the variables of a job that SageMaker's limits are too small for", () => {
  it('are left to spec.json, whole, and named', () => {
    const environment = { SHORT: 'x'.repeat(512), LONG, 'a.b': '1', SIDESTEP_STORE: '{}' }
    expect(made({ environment })).toEqual({
      variables: { SHORT: 'x'.repeat(512), SIDESTEP_STORE: '{}' },
      inSpec: ['LONG', 'a.b'],
    })
  })

  it('leave room for what says which job it is', () => {
    const environment = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`V${n}`, String(n)]))
    const { variables, inSpec } = made({ environment: { ...environment, SIDESTEP_STORE: '{}' } })
    expect(Object.keys(variables)).toHaveLength(100 - MARK_COUNT)
    expect(variables['SIDESTEP_STORE']).toBe('{}')
    expect(inSpec).toHaveLength(151 - (100 - MARK_COUNT))
  })

  it('are an error where nothing else would carry them', () => {
    expect(thrown(() => made({ ofSettings: { LONG } }))).toMatchObject({
      kind: 'config',
      message: expect.stringContaining('settings.environment.LONG') as string,
      hint: expect.stringContaining('513 characters') as string,
    })
    const ofSettings = Object.fromEntries(Array.from({ length: 94 }, (_, n) => [`V${n}`, '']))
    expect(thrown(() => made({ ofSettings }))).toMatchObject({ kind: 'config' })
  })

  it('are never cut, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ maxLength: 700 }), { maxKeys: 130 }),
        (given) => {
          const environment = Object.fromEntries(
            Object.entries(given).filter(([name]) => !name.startsWith('SIDESTEP_')),
          )
          const { variables, inSpec } = made({ environment })
          expect([...Object.keys(variables), ...inSpec].toSorted()).toEqual(Object.keys(environment).toSorted())
          for (const [name, value] of Object.entries(variables)) expect(value).toBe(environment[name])
          expect(Object.keys(variables).length + MARK_COUNT).toBeLessThanOrEqual(100)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('settings.environment', () => {
  it.each<[string, Partial<JobEnvironmentParts>, RegExp]>([
    ["has no names of Sidestep's own", { ofSettings: { SIDESTEP_X: '1' } }, /SIDESTEP_X/],
    ['has no names that SageMaker does not take', { ofSettings: { 'a-b': '1' } }, /a-b/],
    ['does not contradict the step', { ofSettings: { A: '1' }, environment: { A: '2' } }, /settings\.environment\.A/],
  ])('%s', (_name, parts, message) => {
    expect(thrown(() => made(parts))).toMatchObject({
      kind: 'config',
      message: expect.stringMatching(message) as string,
    })
  })
})
