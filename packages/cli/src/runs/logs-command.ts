import type { RunLogLine } from '@sidestep/core'
import { answerFromRuns, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { interruptible } from '../run/interruptible.ts'
import { logJson, logText } from '../view/log-text.ts'
import type { RunModel } from '../view/run-model.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import type { StepState } from '../view/step-state.ts'
import { StepLabels } from './labels.ts'

export interface LogsOptions extends AnswerOptions {
  readonly follow: boolean
  readonly attempt?: number
  readonly rank?: number
}

/** `sidestep runs logs ID [STEP]`: what the jobs of a run have printed. */
export function logsCommand(id: string, step: string | undefined, options: LogsOptions): Promise<ExitCode> {
  const { follow, attempt, rank } = options
  return answerFromRuns(options, async (runs, answer) => {
    const { runId } = await runs.find(id)
    const labels = new StepLabels(runs, runId)
    await labels.read()
    const isAlone = step !== undefined && stepsCalled(step, labels.model).length < 2
    let count = 0
    const show = async (line: RunLogLine): Promise<void> => {
      count += 1
      const label = await labels.of(line)
      if (answer.isJson) answer.json(logJson(line, label))
      else answer.write(logText(line, isAlone ? undefined : label))
    }
    const { interrupted } = await interruptible(async (signal) => {
      const lines = runs.logs(runId, {
        follow,
        signal,
        onProblem: (text) => answer.note([`warning: ${sanitizeLine(text)}`]),
        ...(step === undefined ? {} : { step }),
        ...(attempt === undefined ? {} : { attempt }),
        ...(rank === undefined ? {} : { rank }),
      })
      for await (const line of lines) await show(line)
    })
    if (interrupted) return EXIT.interrupted
    if (count === 0) answer.note([rank === undefined || rank === 0 ? NO_LINES : noLinesOf(rank)])
    return EXIT.success
  })
}

/** The step runs that a user means: all of a name, or one by its label or its id. */
function stepsCalled(wanted: string, { steps }: RunModel): readonly StepState[] {
  const named = steps.filter(({ name }) => name === wanted)
  // A step that was called again shares its name with the label of its first call.
  return named.length > 0 ? named : steps.filter(({ label, stepRunId }) => label === wanted || stepRunId === wanted)
}

function noLinesOf(rank: number): string {
  return `no log lines of a machine ${rank}: a job has as many machines as resources.instanceCount says, counted from 0`
}

const NO_LINES =
  'no log lines: steps without a job print where the run was started, and a job’s log comes a few seconds late'
