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
    await using runs = await openProjectRuns()
    return resumeRun(await runs.find(id), session, options)
  })
}
