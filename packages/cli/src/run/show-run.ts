import type { PipelineRun } from '@sidestep/core'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { RunSession } from './run-session.ts'
import { watchRun } from './watch-run.ts'

/** Begins a run, shows it until it has ended, and says how it ended. */
export async function showRun(session: RunSession, begin: () => Promise<PipelineRun<unknown>>): Promise<ExitCode> {
  const { model, output } = session
  const { pid } = process
  try {
    const run = await begin()
    const leave = (lines: readonly string[]): never => {
      output.closeView()
      session.reportLeft(lines)
      process.exit(EXIT.interrupted)
    }
    const { outcome, interrupted } = await watchRun(run, { model, view: output.openView(model), leave })
    output.closeView()
    session.report(outcome, { pid })
    if (!('error' in outcome)) return EXIT.success
    return interrupted ? EXIT.interrupted : session.exitCodeOf(outcome.error)
  } catch (error) {
    output.closeView()
    session.report({ error }, { pid })
    return session.exitCodeOf(error)
  }
}
