import { answerFromRuns, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { interruptible } from '../run/interruptible.ts'
import { logJson, logText } from '../view/log-text.ts'
import { sanitizeLine } from '../view/sanitize.ts'

export interface JobLogsOptions extends AnswerOptions {
  readonly follow: boolean
}

/** `sidestep jobs logs JOB`: what one job has printed. */
export function jobLogsCommand(job: string, options: JobLogsOptions): Promise<ExitCode> {
  const { follow } = options
  return answerFromRuns(options, async (runs, answer) => {
    let count = 0
    const { interrupted } = await interruptible(async (signal) => {
      const onProblem = (text: string): void => answer.note([`warning: ${sanitizeLine(text)}`])
      for await (const line of runs.jobLogs(job, { follow, signal, onProblem })) {
        count += 1
        if (answer.isJson) answer.json(logJson(line, sanitizeLine(line.stepName)))
        else answer.write(logText(line, undefined))
      }
    })
    if (interrupted) return EXIT.interrupted
    if (count === 0) answer.note(['no log lines yet: the log of a job comes a few seconds late'])
    return EXIT.success
  })
}
