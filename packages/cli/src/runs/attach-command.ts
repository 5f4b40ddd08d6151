import { silentOwner, type Runs, type RunSummary } from '@sidestep/core'
import { openProjectRuns } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { followRun, showRecorded } from '../run/follow-run.ts'
import { fileOfRun } from '../run/project-file.ts'
import { resumeRun } from '../run/resume-run.ts'
import { RunSession, type SessionOptions } from '../run/run-session.ts'
import { showRun } from '../run/show-run.ts'
import { goOnLine } from '../view/left-jobs.ts'
import { ownerText } from '../view/runs-list.ts'

export interface AttachOptions extends SessionOptions {
  /** Goes on with a run whose launcher is silent. */
  readonly takeOver: boolean
  /** Of the pipeline, where the run is taken over. */
  readonly file?: string
}

/**
 * `sidestep runs attach ID|URI`: follows a run that another process leads. A URI names a run in an artifact store,
 * which is recorded in this project's journal first.
 */
export async function attachCommand(named: string, options: AttachOptions): Promise<ExitCode> {
  const session = new RunSession(options)
  try {
    await using runs = await openProjectRuns()
    const isUri = named.includes('://')
    const summary = isUri ? await runs.attach(named) : await runs.find(named)
    session.file = fileOfRun(summary)
    if (isUri) session.output.diagnostic([`the run ${summary.runId} is recorded in ${runs.home}`])
    return await attachTo(runs, summary, { session, options, isUri })
  } catch (error) {
    session.output.closeView()
    session.report({ error })
    return session.exitCodeOf(error)
  }
}

interface Attaching {
  readonly session: RunSession
  readonly options: AttachOptions
  /** The run was recorded here just now. */
  readonly isUri: boolean
}

async function attachTo(runs: Runs, summary: RunSummary, attaching: Attaching): Promise<ExitCode> {
  const { session, options, isUri } = attaching
  const { runId, state, owner } = summary
  switch (state) {
    case 'running':
      if (isUri && owner !== undefined) session.output.diagnostic([`it is led by ${ownerText(owner, Date.now())}`])
      return followRun(runs, runId, session)
    case 'silent':
      if (!options.takeOver) throw silentOwner(runId, owner)
      return showRun(session, () => resumeRun(summary, session, { ...options, withCurrentCode: false }))
    case 'interrupted':
      // What was asked for with a URI, the record, is there.
      if (!isUri) return showRecorded(runs, summary, session)
      session.output.diagnostic([`its launcher is gone; ${goOnLine(runId)}`])
      return EXIT.success
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return showRecorded(runs, summary, session)
  }
}
