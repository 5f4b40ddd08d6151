import { appendFileSync } from 'node:fs'

import { timeOfThisProcess } from '../job/job-clock.ts'
import type { JobFolder } from '../job/job-folder.ts'
import type { PhaseRecord } from '../job/job-record.ts'

/** Notes when the job comes to a phase. */
export function startPhase(folder: JobFolder, phase: PhaseRecord['phase']): void {
  const record: PhaseRecord = { phase, at: timeOfThisProcess().toISOString() }
  appendFileSync(folder.phases, `${JSON.stringify(record)}\n`, { mode: 0o600 })
}
