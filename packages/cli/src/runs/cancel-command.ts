import type { RunSummary } from '@sidestep/core'
import { answerFromRuns, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { interruptible } from '../run/interruptible.ts'
import { jsonRun } from '../view/json-runs.ts'
import { isOver } from '../view/runs-list.ts'
import { sanitizeLine } from '../view/sanitize.ts'

export interface CancelOptions extends AnswerOptions {
  /** Also where the run's launcher is silent. */
  readonly takeOver: boolean
}

/** `sidestep runs cancel ID`: ends a run with all its jobs, and waits until it has ended. */
export function cancelRunCommand(id: string, options: CancelOptions): Promise<ExitCode> {
  const { takeOver } = options
  return answerFromRuns(options, async (runs, answer) => {
    const before = await runs.find(id)
    const { runId } = before
    let after: RunSummary = before
    const { interrupted } = await interruptible(async (signal) => {
      const onEvent = (text: string): void => answer.note([sanitizeLine(text)])
      after = await runs.cancel(runId, { takeOver, signal, onEvent })
    })
    if (interrupted) {
      answer.note([`not waited for: the run may still be ending; see sidestep runs show ${runId}`])
      return EXIT.interrupted
    }
    if (answer.isJson) answer.json(jsonRun(after))
    else answer.print([sentence(before, after)])
    return isOver(after.state) ? EXIT.success : EXIT.failed
  })
}

function sentence(before: RunSummary, after: RunSummary): string {
  const { runId, state } = after
  if (isOver(before.state)) return `run ${runId} had ended already: ${state}`
  if (state === 'cancelled') return `run ${runId} is cancelled`
  return isOver(state)
    ? `run ${runId} ended by itself before it could be cancelled: ${state}`
    : `run ${runId} has not ended: ${state}`
}
