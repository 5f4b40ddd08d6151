import type { Scenario } from '../scenario.ts'
import { byHand } from './by-hand.ts'
import { cancelBuild } from './cancel-build.ts'
import { cancelCommand, cancelPhase, cancelProvisioning, cancelSignal } from './cancel.ts'
import { clock } from './clock.ts'
import { code } from './code.ts'
import { budgets, retry, sibling } from './failures.ts'
import { entrypoint, restart, supervisor } from './job-faults.ts'
import { stoppedLauncher, stoppedPastLease, twoBegin, twoResume } from './launchers.ts'
import { halfCreated } from './half-created.ts'
import { lostAnswers } from './lost-answers.ts'
import { moments } from './moments.ts'
import { storeFails, storeRefuses, storeSlow } from './store.ts'

export { points } from './points.ts'

/** All beside `points`, which takes turns with them. */
export const FAULTS: readonly Scenario[] = [
  moments,
  supervisor,
  entrypoint,
  restart,
  stoppedLauncher,
  stoppedPastLease,
  twoBegin,
  twoResume,
  storeRefuses,
  storeFails,
  storeSlow,
  clock,
  cancelSignal,
  cancelPhase,
  cancelProvisioning,
  cancelCommand,
  sibling,
  retry,
  ...budgets,
  code,
  lostAnswers,
  halfCreated,
  byHand,
  cancelBuild,
]
