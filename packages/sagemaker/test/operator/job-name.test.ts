import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { excesses } from '../../src/operator/check-limits.ts'
import { jobName, nameContains, type JobNameParts } from '../../src/operator/job-name.ts'

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
const parts: fc.Arbitrary<JobNameParts> = fc.record({
  runId: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
  stepName: fc.oneof(fc.stringMatching(/^[A-Za-z0-9._-]{1,63}$/), fc.string({ unit: 'binary', maxLength: 80 })),
  token: hex(32),
  journalId: hex(32),
})

// ZenML #1502, #1517: names over 63 characters, or with what SageMaker does not take; a random end that nobody finds again.
describe('the name of a job', () => {
  it('is one that SageMaker takes, whatever run and step are called', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const name = jobName(given)
        expect(excesses(name, 'TrainingJobName')).toEqual([])
        expect(name.startsWith('sidestep-')).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('is the same for the same attempt, and another for any other', () => {
    fc.assert(
      fc.property(parts, hex(32), (given, token) => {
        expect(jobName({ ...given })).toBe(jobName(given))
        fc.pre(token.slice(0, 20) !== given.token.slice(0, 20))
        expect(jobName({ ...given, token })).not.toBe(jobName(given))
      }),
    )
  })

  it('is found by what a list of SageMaker can be asked for', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const { token, runId, journalId } = given
        const name = jobName(given)
        for (const query of [{}, { token }, { runId }, { journalId }, { token, runId, journalId }]) {
          const text = nameContains(query)
          expect(name).toContain(text)
          expect(text).toMatch(/^[a-zA-Z0-9-]{1,63}$/)
        }
      }),
    )
  })

  it('reads well', () => {
    const token = '0123456789abcdef0123456789abcdef'
    const name = jobName({
      runId: '20261122-135801-7f3a9c02',
      stepName: 'Train_model.v2',
      token,
      journalId: 'b1946ac9',
    })
    expect(name).toBe('sidestep-7f3a9c02-train-model-v2-b1946a-0123456789abcdef0123')
  })
})
