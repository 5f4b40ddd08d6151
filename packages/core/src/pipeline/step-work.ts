import type { StepDefinition } from '../step/definition.ts'
import type { ResolvedStepConfig } from '../step/resolve-config.ts'
import type { OpenRun } from './open-run.ts'
import type { PreparedCall } from './step-input.ts'
import type { StepTimes } from './step-times.ts'

/** One call of a step, ready to be computed. */
export interface StepWork {
  readonly definition: StepDefinition
  readonly config: ResolvedStepConfig
  readonly call: PreparedCall
  readonly run: OpenRun
  readonly times: StepTimes
}
