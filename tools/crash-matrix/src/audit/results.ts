import { createHash } from 'node:crypto'

import type { Finding } from '../finding.ts'
import { stepNameOf, type StoredAttempt } from '../store-reader.ts'
import type { Trial } from '../trial.ts'

/** Between a result and the line that says that user code began. */
const TOLERANCE_MS = 50

/**
 * Wrong or lost results, beside what the run itself returned:
 *
 * - a step run with two successes, or an attempt after a success;
 * - an output that is not there, or not what its manifest says;
 * - an attempt for which a job was created and that nobody decided;
 * - user code that began after its step's success was stored: the stored one was lost.
 */
export async function lostResults(trial: Trial, attempts: readonly StoredAttempt[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [stepRunId, ofStepRun] of Map.groupBy(attempts, (attempt) => attempt.stepRunId)) {
    const first = ofStepRun.findIndex(({ result }) => result?.status === 'succeeded')
    if (first !== -1 && first < ofStepRun.length - 1) findings.push(found(`${stepRunId} went on after its success`))
    for (const { attempt, keys, result } of ofStepRun) {
      const name = `${stepRunId}, attempt ${attempt}`
      const created = keys.some((key) => key.startsWith('creates/'))
      if (created && result === undefined) findings.push(found(`${name} was never decided`))
      for (const { key, sha256, size } of Object.values(result?.outputs ?? {})) {
        const bytes = await trial.store.get(key)
        const whole = bytes?.byteLength === size && createHash('sha256').update(bytes).digest('hex') === sha256
        if (!whole)
          findings.push(found(`the output ${key} of ${name} is ${bytes === undefined ? 'not there' : 'damaged'}`))
      }
      if (result?.status === 'succeeded' && trial.clockIsRight) {
        const storedAt = Date.parse(result.finishedAt) + TOLERANCE_MS
        const again = trial.files
          .evidence()
          .filter(({ event, step, at }) => event === 'start' && step === stepNameOf(stepRunId) && at > storedAt)
        if (again.length > 0)
          findings.push(found(`user code of ${name} began after its success was stored`, again.length))
      }
    }
  }
  return findings
}

function found(message: string, count: number = 1): Finding {
  return { figure: 'results', message, count }
}
