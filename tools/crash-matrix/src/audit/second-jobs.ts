import type { Finding } from '../finding.ts'
import type { OperatorJob } from '../operator-under-test.ts'
import type { Evidence } from '../project/evidence.ts'
import { stepNameOf, type StoredAttempt } from '../store-reader.ts'
import type { TrialFiles } from '../trial-files.ts'
import type { Trial } from '../trial.ts'

/**
 * Second jobs that ran user code:
 *
 * - jobs of one attempt that ran user code, beside the first;
 * - attempts that ran user code although the one before had not been settled as failed, with a kind of which the
 *   scenario says that it happens;
 * - attempts whose user code began before that of an earlier one of the step run was over.
 *
 * A restart of a job's process is the same job.
 */
export function secondJobs(
  { files, mayFail }: { readonly files: Pick<TrialFiles, 'evidence'>; readonly mayFail: Trial['mayFail'] },
  attempts: readonly StoredAttempt[],
  jobs: readonly OperatorJob[],
): Finding[] {
  const ran = jobsThatRan(files.evidence(), jobs)
  const findings: Finding[] = []
  for (const [stepRunId, ofStepRun] of Map.groupBy(ran, ({ job }) => job.stepRunId)) {
    const byAttempt = [...Map.groupBy(ofStepRun, ({ job }) => job.attempt)].toSorted(([a], [b]) => a - b)
    for (const [attempt, jobsOfAttempt] of byAttempt) {
      const more = jobsOfAttempt.length - 1
      if (more > 0) findings.push(found(`${more + 1} jobs ran user code of ${stepRunId}, attempt ${attempt}`, more))
    }
    const kinds = mayFail.get(stepNameOf(stepRunId)) ?? []
    for (const [index, [attempt, jobsOfAttempt]] of byAttempt.entries()) {
      const before = byAttempt[index - 1]
      if (before === undefined) continue
      const settled = attempts.find((other) => other.stepRunId === stepRunId && other.attempt === before[0])?.result
      const why = settled?.status === 'failed' ? settled.kind : settled?.status
      if (why === undefined || !kinds.includes(why)) {
        findings.push(found(`attempt ${attempt} of ${stepRunId} ran after one that was ${why ?? 'undecided'}`))
      }
      const start = Math.min(...jobsOfAttempt.map(({ startedAt }) => startedAt))
      const overlapping = before[1].filter(({ overAt }) => overAt > start)
      if (overlapping.length > 0) findings.push(found(`attempt ${attempt} of ${stepRunId} ran beside the one before`))
    }
  }
  return findings
}

interface Ran {
  readonly job: OperatorJob
  /** Of its user code. */
  readonly startedAt: number
  /** Not later than its job's end; by a clock that all processes share. */
  readonly overAt: number
}

function jobsThatRan(evidence: readonly Evidence[], jobs: readonly OperatorJob[]): Ran[] {
  return [...Map.groupBy(evidence, ({ job }) => job)].flatMap(([name, lines]) => {
    if (name === undefined) return []
    const job = jobs.find((other) => other.name === name)
    if (job === undefined) throw new Error(`user code ran in ${name}, of which the operator knows nothing`)
    const starts = lines.filter(({ event }) => event === 'start').map(({ at }) => at)
    const ends = lines.filter(({ event }) => event === 'end').map(({ at }) => at)
    // Code that was killed left no word: it was over when its job was. Where nobody wrote that down either, unknown.
    const overAt = ends.length > 0 ? Math.max(...ends) : (job.endedAt ?? (job.alive ? Number.POSITIVE_INFINITY : 0))
    return [{ job, startedAt: Math.min(...starts), overAt }]
  })
}

function found(message: string, count: number = 1): Finding {
  return { figure: 'second-jobs', message, count }
}
