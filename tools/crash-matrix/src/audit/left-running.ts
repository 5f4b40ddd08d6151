import type { Finding } from '../finding.ts'
import type { OperatorUnderTest } from '../operator-under-test.ts'
import type { TrialFiles } from '../trial-files.ts'
import { InVain, until } from '../until.ts'

/** A job without anything to do (it came late, and another one has its attempt) ends by itself; so long it may take. */
const GRACE_MS = 10_000
/** Between the end of user code and its record. */
const TOLERANCE_MS = 500

/** Where to look for what a trial has left. */
export interface Remains {
  readonly flavor: OperatorUnderTest
  readonly home: string
  readonly files: TrialFiles
}

/**
 * Jobs left running: jobs whose user code went on after the run had ended, and jobs of which anything still lives
 * 10 s later. By the operator's records, the system's processes, and what user code left.
 */
export async function leftRunning({ flavor, home, files }: Remains, endedAt: number): Promise<Finding[]> {
  const findings: Finding[] = []
  const evidence = files.evidence()
  for (const job of await flavor.jobs(home)) {
    const own = evidence.filter((line) => line.job === job.name)
    const started = own.some(({ event }) => event === 'start')
    const over = own.some(({ event }) => event === 'end')
    const goesOn = job.alive || (job.endedAt ?? 0) > endedAt + TOLERANCE_MS
    if (started && !over && goesOn) findings.push(found(`the user code of ${job.name} went on after the run's end`))
  }
  const alive = async (): Promise<string[]> =>
    (await flavor.jobs(home)).filter((job) => job.alive).map(({ name }) => name)
  try {
    await until('all jobs end', async () => (await alive()).length === 0, { timeoutMs: GRACE_MS, pauseMs: 50 })
  } catch (error) {
    if (!(error instanceof InVain)) throw error
    findings.push(
      ...(await alive()).map((name) => found(`${name} still lives ${GRACE_MS / 1000} s after the run's end`)),
    )
  }
  for (const { step, at, event } of files.evidence()) {
    if (at > endedAt + TOLERANCE_MS)
      findings.push(found(`${step} left "${event}" ${Math.round(at - endedAt)} ms after the run's end`))
  }
  return findings
}

function found(message: string): Finding {
  return { figure: 'left-running', message, count: 1 }
}
