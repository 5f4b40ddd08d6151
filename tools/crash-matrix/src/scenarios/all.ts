import type { Scenario } from '../scenario.ts'
import { cancelBuild } from './cancel-build.ts'
import { cancelCommand, cancelPhase, cancelProvisioning, cancelSignal } from './cancel.ts'
import { clock } from './clock.ts'
import { code } from './code.ts'
import { budgets, retry, sibling } from './failures.ts'
import { entrypoint, restart, supervisor } from './job-faults.ts'
import { stoppedLauncher, stoppedPastLease, twoBegin, twoResume } from './launchers.ts'
import { lostAnswers } from './lost-answers.ts'
import { moments } from './moments.ts'
import { restartSeen } from './restart-seen.ts'
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
  restartSeen,
  cancelBuild,
]
