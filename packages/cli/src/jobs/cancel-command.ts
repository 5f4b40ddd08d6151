import type { JobSummary } from '@sidestep/core'
import { answerFromRuns, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { interruptible } from '../run/interruptible.ts'
import { jsonJob } from '../view/json-runs.ts'
import { jobName, phaseText } from '../view/jobs-list.ts'
import { sanitizeLine } from '../view/sanitize.ts'

/** `sidestep jobs cancel JOB`: ends one job, and waits until it has ended. */
export function cancelJobCommand(named: string, options: AnswerOptions): Promise<ExitCode> {
  return answerFromRuns(options, async (runs, answer) => {
    let job: JobSummary | undefined
    const { interrupted } = await interruptible(async (signal) => {
      const onEvent = (text: string): void => answer.note([sanitizeLine(text)])
      job = await runs.cancelJob(named, { signal, onEvent })
    })
    if (interrupted || job === undefined) {
      answer.note(['not waited for: the job may still be ending; see sidestep jobs list'])
      return EXIT.interrupted
    }
    if (answer.isJson) answer.json(jsonJob(job))
    else answer.print([`${jobName(job)}: ${phaseText(job)}`])
    return EXIT.success
  })
}
