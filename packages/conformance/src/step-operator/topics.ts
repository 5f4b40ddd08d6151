import type { Check } from '../test-function.ts'
import type { StepOperatorSubject } from './subject.ts'
import { checks as failures } from './topics/failures.ts'
import { checks as identity } from './topics/identity.ts'
import { checks as launchers } from './topics/launchers.ts'
import { checks as oneJob } from './topics/one-job.ts'
import { checks as results } from './topics/results.ts'

/** All checks of the suite, in the order in which they run: what others rest on comes first. */
export const checks: readonly Check<StepOperatorSubject>[] = [
  ...results,
  ...failures,
  ...identity,
  ...oneJob,
  ...launchers,
]
