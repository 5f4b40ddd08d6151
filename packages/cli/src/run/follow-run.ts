import type { Runs, RunSummary } from '@sidestep/core'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { endLine, followLine, goOnLine } from '../view/left-jobs.ts'
import { ownerText } from '../view/runs-list.ts'
import { interruptible } from './interruptible.ts'
import { outcomeOf } from './run-outcome.ts'
import type { RunSession } from './run-session.ts'

/** Shows a run of another process until it has ended. Ctrl-C ends the view, and leaves the run alone. */
export async function followRun(runs: Runs, runId: string, session: RunSession): Promise<ExitCode> {
  const { model, output } = session
  const view = output.openView(model)
  const { interrupted } = await interruptible(async (signal) => {
    for await (const event of runs.events(runId, { follow: true, signal })) {
      model.apply(event)
      view.event(event)
    }
  }).finally(() => output.closeView())
  if (interrupted) {
    output.diagnostic([`the run goes on without this view; ${followLine(runId)}`, endLine(runId)])
    return EXIT.interrupted
  }
  return reportRun(await runs.find(runId), session)
}

/** Shows what is recorded of a run that has ended, or that nobody leads. */
export async function showRecorded(runs: Runs, summary: RunSummary, session: RunSession): Promise<ExitCode> {
  for await (const event of runs.events(summary.runId)) session.model.apply(event)
  return reportRun(summary, session)
}

function reportRun(summary: RunSummary, session: RunSession): ExitCode {
  const outcome = outcomeOf(summary, session.model)
  session.report(outcome)
  if ('error' in outcome) return session.exitCodeOf(outcome.error)
  if (!('unfinished' in outcome)) return EXIT.success
  const { owner, runId } = summary
  const who = owner === undefined ? 'its launcher is gone' : `its launcher is ${ownerText(owner, Date.now())}`
  session.output.diagnostic([
    `the run has not ended, and ${who}`,
    outcome.unfinished === 'silent'
      ? `if it is stopped for good, go on with: sidestep runs attach ${runId} --take-over`
      : goOnLine(runId),
  ])
  return EXIT.failed
}
