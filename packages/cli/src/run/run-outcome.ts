import { SidestepError, type RunSummary } from '@sidestep/core'
import { endError } from '../view/end-error.ts'
import type { RunOutcome } from '../view/json-report.ts'
import type { RunModel } from '../view/run-model.ts'

/** How a run stands that another process runs, or ran. The model has its events, as far as they were recorded here. */
export function outcomeOf(summary: RunSummary, model: RunModel): RunOutcome {
  const { state, resultText } = summary
  switch (state) {
    case 'succeeded':
      return resultText === undefined ? { result: summary.result } : { resultText }
    case 'failed':
      return { error: model.error ?? recordedError(summary) }
    case 'cancelled':
      return {
        error: new SidestepError(`the run ${summary.runId} was cancelled`, { code: 'RUN_CANCELLED', kind: 'stopped' }),
      }
    case 'running':
    case 'interrupted':
      return { unfinished: 'interrupted' }
    case 'silent':
      return { unfinished: 'silent' }
  }
}

function recordedError({ error, runId }: RunSummary): Error {
  return error === undefined ? new Error(`the run ${runId} failed, and no reason was recorded`) : endError(error)
}
