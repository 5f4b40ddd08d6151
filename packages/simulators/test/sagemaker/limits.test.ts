import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { checkRequest } from '../../src/aws-json/validation.ts'
import { violations } from '../../src/ground/limits.ts'
import { LOGS_LIMITS } from '../../src/cloudwatch-logs/limits.ts'
import { SAGEMAKER_LIMITS } from '../../src/sagemaker/limits.ts'
import { illegal, legal } from '../support/limit-values.ts'
import { MODELS, modelLimits } from '../support/model-limits.ts'

const TABLES = [
  [
    'sagemaker-training-jobs',
    SAGEMAKER_LIMITS,
    [
      'CreateTrainingJobRequest',
      'UpdateTrainingJobRequest',
      'ListTrainingJobsRequest',
      'AddTagsInput',
      'DeleteTagsInput',
      'ListTagsInput',
    ],
  ],
  [
    'cloudwatch-logs',
    LOGS_LIMITS,
    ['GetLogEventsRequest', 'FilterLogEventsRequest', 'DescribeLogStreamsRequest', 'DescribeLogGroupsRequest'],
  ],
] as const

describe.each(TABLES)('%s', (name, limits, inputs) => {
  test.skipIf(MODELS === undefined)('the table says what the published model says (SIDESTEP_AWS_MODELS)', () => {
    expect(limits).toEqual(modelLimits(name))
  })

  test.each(inputs)('every legal %s passes', (input) => {
    fc.assert(
      fc.property(legal(input, limits), (request) => {
        const read: unknown = JSON.parse(JSON.stringify(request))
        expect(violations(read, input, limits)).toEqual([])
        checkRequest(read, input, { limits })
      }),
      { numRuns: 30 },
    )
  })

  test('every rule of every shape that a request reaches is kept, exactly', () => {
    const checked = new Set<string>()
    const visit = (shapeName: string): void => {
      if (checked.has(shapeName)) return
      checked.add(shapeName)
      const shape = limits[shapeName]!
      for (const { value, says } of illegal(shape, limits)) {
        const root = { ...limits, Root: { type: 'structure', members: { TheMember: shapeName } } as const }
        expect(() => checkRequest({ TheMember: value }, 'Root', { limits: root }), `${shapeName}: ${says}`).toThrow(
          says,
        )
      }
      if (shape.type === 'structure') {
        const root = { ...limits, Root: { type: 'structure', members: { TheMember: shapeName } } as const }
        for (const member of shape.required ?? []) {
          const says = `Value null at 'theMember.${member.slice(0, 1).toLowerCase()}${member.slice(1)}' failed to satisfy constraint: Member must not be null`
          expect(() => checkRequest({ TheMember: {} }, 'Root', { limits: root }), shapeName).toThrow(says)
        }
        expect(() => checkRequest({ TheMember: { NoSuchMember: 1 } }, 'Root', { limits: root }), shapeName).toThrow(
          "Value '1' at 'theMember.noSuchMember' failed to satisfy constraint: Member must be one of [",
        )
        Object.values(shape.members).forEach(visit)
      }
      if (shape.type === 'list') visit(shape.of)
      if (shape.type === 'map') [shape.key, shape.value].forEach(visit)
    }
    inputs.forEach(visit)
    expect(checked.size).toBeGreaterThan(20)
  })
})
