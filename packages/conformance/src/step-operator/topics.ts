import type { Check } from '../test-function.ts'
import type { StepOperatorSubject } from './subject.ts'
import { checks as budgets } from './topics/budgets.ts'
import { checks as cancel } from './topics/cancel.ts'
import { checks as capabilities } from './topics/capabilities.ts'
import { checks as creates } from './topics/creates.ts'
import { checks as credentials } from './topics/credentials.ts'
import { checks as failures } from './topics/failures.ts'
import { checks as handles } from './topics/handles.ts'
import { checks as identity } from './topics/identity.ts'
import { checks as launchers } from './topics/launchers.ts'
import { checks as launches } from './topics/launches.ts'
import { checks as logs } from './topics/logs.ts'
import { checks as provoked } from './topics/provoked.ts'
import { checks as refusals } from './topics/refusals.ts'
import { checks as restarts } from './topics/restarts.ts'
import { checks as results } from './topics/results.ts'
import { checks as secrets } from './topics/secrets.ts'
import { checks as states } from './topics/states.ts'

/** All checks of the suite, in the order in which they run: what others rest on comes first. */
export const checks: readonly Check<StepOperatorSubject>[] = [
  ...results,
  ...states,
  ...capabilities,
  ...refusals,
  ...failures,
  ...provoked,
  ...budgets,
  ...logs,
  ...secrets,
  ...identity,
  ...handles,
  ...credentials,
  ...launches,
  ...creates,
  ...launchers,
  ...restarts,
  ...cancel,
]
