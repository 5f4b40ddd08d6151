import { codeOf, messageOf, type JobSummary, type Runs } from '@sidestep/core'
import { answerFromRuns, type Answer, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { interruptible } from '../run/interruptible.ts'
import { jsonError } from '../view/json-report.ts'
import { jsonJob } from '../view/json-runs.ts'
import { jobName, jobsTable, phaseText } from '../view/jobs-list.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { ofRun } from './list-command.ts'

export interface ReapOptions extends AnswerOptions {
  /** Cancels; without it the command only says what it would do. */
  readonly yes: boolean
  readonly run?: string
}

/** `sidestep jobs reap`: ends the jobs that nobody looks after. */
export function reapCommand(options: ReapOptions): Promise<ExitCode> {
  return answerFromRuns(options, async (runs, answer) => {
    let failed = 0
    // An operator that cannot be asked may have orphans, and need not: it is told, and no failure of what was asked for.
    const onProblem = (text: string): void => answer.note([`warning: ${sanitizeLine(text)}`])
    const orphans = await runs.jobs({ orphans: true, onProblem, ...(await ofRun(runs, options.run)) })
    if (!options.yes) return tell(orphans, answer)
    const documents: object[] = []
    const { interrupted } = await interruptible(async (signal) => {
      for (const orphan of orphans) {
        const { document, isLeft } = await reap(runs, orphan, { signal, answer })
        documents.push(document)
        if (isLeft) failed += 1
      }
    })
    if (answer.isJson) answer.json(documents)
    else if (orphans.length === 0) answer.note([NOTHING])
    if (interrupted) return EXIT.interrupted
    return failed === 0 ? EXIT.success : EXIT.failed
  })
}

const NOTHING = 'there is no job that nobody looks after'

/** The dry run. */
function tell(orphans: readonly JobSummary[], answer: Answer): ExitCode {
  if (answer.isJson) answer.json(orphans.map((job) => ({ ...jsonJob(job), reaped: false })))
  else answer.print(jobsTable(orphans, { style: answer.style, now: Date.now() }).slice(orphans.length === 0 ? 1 : 0))
  const what = orphans.length === 1 ? 'this job' : `these ${orphans.length} jobs`
  answer.note(
    orphans.length === 0 ? [NOTHING] : ['', `nothing was cancelled; cancel ${what}: sidestep jobs reap --yes`],
  )
  return EXIT.success
}

/** Ends one orphan, where it still is one. One that cannot be ended does not keep the others: it is left. */
async function reap(
  runs: Runs,
  orphan: JobSummary,
  { signal, answer }: { readonly signal: AbortSignal; readonly answer: Answer },
): Promise<{ readonly document: object; readonly isLeft: boolean }> {
  try {
    answer.note([`ending ${jobName(orphan)}`])
    const onEvent = (text: string): void => answer.note([sanitizeLine(text)])
    const job = await runs.reapJob(orphan, { signal, onEvent })
    if (!answer.isJson) answer.print([`${jobName(job)}: ${phaseText(job)}`])
    return { document: { ...jsonJob({ ...orphan, ...job }), reaped: true }, isLeft: false }
  } catch (error) {
    if (signal.aborted) throw error
    answer.note([`not ended: ${sanitizeLine(messageOf(error))}`])
    const told = jsonError(error, { verbose: answer.verbose })
    // Somebody looks after it again: that is as good.
    const isLeft = codeOf(error) !== 'RUN_OWNED'
    return { document: { ...jsonJob(orphan), reaped: false, error: told }, isLeft }
  }
}
