import type { PipelineRun } from '@sidestep/core'
import type { RunOutcome } from '../view/json-report.ts'
import { leftJobsLines } from '../view/left-jobs.ts'
import type { RunModel } from '../view/run-model.ts'
import type { RunView } from '../view/run-view.ts'
import { onSignals } from './signals.ts'
import { unlessStalled } from './stalled.ts'

export interface WatchOptions {
  readonly model: RunModel
  readonly view: RunView
  /** Ends this process without waiting for anything. */
  readonly leave: (lines: readonly string[]) => never
}

export interface WatchedRun {
  readonly outcome: RunOutcome
  /** True where a signal asked the run to end. */
  readonly interrupted: boolean
}

const STALLED = 'the pipeline waits for a promise that nothing can settle any more'

/** Feeds the view until the run has ended. The first signal cancels the run, the second leaves it. */
export async function watchRun(run: PipelineRun<unknown>, { model, view, leave }: WatchOptions): Promise<WatchedRun> {
  let interrupted = false
  let stray: { readonly error: unknown } | undefined
  const cancel = (cause: 'abort' | 'signal'): void => {
    // What goes wrong while it cancels ends the run, and is reported as its outcome.
    run.cancel(cause).catch((error: unknown) => (stray ??= { error }))
  }
  const stopListening = onSignals({
    first() {
      interrupted = true
      view.notice(cancellingText(model))
      cancel('signal')
    },
    again: () => leave(leftJobsLines(model)),
  })
  const onStray = (error: unknown): void => {
    if (stray !== undefined) return
    stray = { error }
    view.notice('an error was thrown outside of every step; cancelling the run')
    cancel('abort')
  }
  process.on('uncaughtException', onStray)
  try {
    const shown = showEvents(run, { model, view })
    // A view that breaks must not leave the run alone.
    shown.catch(() => cancel('abort'))
    const outcome = await unlessStalled(outcomeOf(run, shown), () => new Error(STALLED))
    return { outcome: stray ?? outcome, interrupted }
  } catch (error) {
    model.fail(error, Date.now())
    return { outcome: { error }, interrupted }
  } finally {
    process.off('uncaughtException', onStray)
    stopListening()
  }
}

async function showEvents(
  run: PipelineRun<unknown>,
  { model, view }: { readonly model: RunModel; readonly view: RunView },
): Promise<void> {
  for await (const event of run.events()) {
    model.apply(event)
    view.event(event)
  }
}

async function outcomeOf(run: PipelineRun<unknown>, shown: Promise<void>): Promise<RunOutcome> {
  try {
    const result = await run.result()
    await shown
    return { result }
  } catch (error) {
    await shown
    return { error }
  }
}

function cancellingText(model: RunModel): string {
  const jobs = model.steps.filter((step) => step.status === 'running' && step.operator !== undefined).length
  const what = jobs === 0 ? 'cancelling' : `cancelling ${jobs} ${jobs === 1 ? 'job' : 'jobs'}`
  return `${what}, waiting for the confirmation; Ctrl-C again leaves at once`
}
