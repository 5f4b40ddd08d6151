import { afterEach, describe, expect, test } from 'vitest'

import type { BaseStepOperator } from '@sidestep/core'

import { stepOperatorConformance, type StepOperatorConformanceOptions } from '../../src/index.ts'
import { BROKEN_JOBS } from './broken-jobs.ts'
import { BROKEN_OPERATORS } from './broken-operators.ts'
import { caught, collected } from './collected.ts'
import { NOTHING_OF } from './nothing-of.ts'
import { SoundOperator, type SoundConfig } from './sound-operator.ts'
import { endJobs } from './sound-service.ts'
import { stackWith } from './stack-with.ts'

afterEach(endJobs)

type OperatorClass = new (config: SoundConfig) => BaseStepOperator<any, any>

function optionsOf(Operator: OperatorClass): Omit<StepOperatorConformanceOptions, 'test'> {
  return {
    ...NOTHING_OF,
    create: stackWith(Operator),
  }
}

describe('an operator without a mistake passes', () => {
  stepOperatorConformance({ test, ...optionsOf(SoundOperator) })
})

describe('an operator is caught by the check that is meant for it', () => {
  test.for([...BROKEN_OPERATORS, ...BROKEN_JOBS])(
    '$mistake',
    { timeout: 180_000 },
    async ({ Operator, check, message }) => {
      const suite = collected((each) => stepOperatorConformance({ test: each, ...optionsOf(Operator) }))
      expect(await caught(suite, check)).toMatch(message)
    },
  )
})
