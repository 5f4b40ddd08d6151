import type { Runs } from '@sidestep/core'
import { answerFromRuns, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { jsonJob } from '../view/json-runs.ts'
import { jobsTable } from '../view/jobs-list.ts'
import { sanitizeLine } from '../view/sanitize.ts'

export interface ListJobsOptions extends AnswerOptions {
  readonly orphans: boolean
  readonly run?: string
}

/** `sidestep jobs list`: jobs that have not ended, or those that nobody looks after. */
export function listJobsCommand(options: ListJobsOptions): Promise<ExitCode> {
  return answerFromRuns(options, async (runs, answer) => {
    const onProblem = (text: string): void => answer.note([`warning: ${sanitizeLine(text)}`])
    const jobs = await runs.jobs({ orphans: options.orphans, onProblem, ...(await ofRun(runs, options.run)) })
    if (answer.isJson) answer.json(jobs.map(jsonJob))
    else if (jobs.length > 0) answer.print(jobsTable(jobs, { style: answer.style, now: Date.now() }))
    else
      answer.note([options.orphans ? 'there is no job that nobody looks after' : 'there is no job that has not ended'])
    if (options.orphans && jobs.length > 0) answer.note(['', 'end them: sidestep jobs reap'])
    return EXIT.success
  })
}

/** The run that a user named, for a filter. */
export async function ofRun(runs: Runs, named: string | undefined): Promise<{ readonly runId?: string }> {
  return named === undefined ? {} : { runId: (await runs.find(named)).runId }
}
