import type { RunEvent } from '@sidestep/core'
import type { ExitCode } from '../exit-codes.ts'
import { openProjectRuns } from '../commands/answer.ts'
import { resumeRun, type ResumeRunOptions } from '../run/resume-run.ts'
import { RunSession, type SessionOptions } from '../run/run-session.ts'
import { showRun } from '../run/show-run.ts'

export interface ResumeCommandOptions extends SessionOptions, ResumeRunOptions {}

/** `sidestep runs resume ID`: goes on with a run, and shows it as `run` does. */
export async function resumeCommand(id: string, options: ResumeCommandOptions): Promise<ExitCode> {
  const session = new RunSession(options)
  return showRun(session, async () => {
    await using runs = await openProjectRuns(session)
    const summary = await runs.find(id)
    const earlier: RunEvent[] = []
    for await (const event of runs.events(summary.runId)) earlier.push(event)
    session.model.keepLabels(earlier)
    return resumeRun(summary, session, options)
  })
}
