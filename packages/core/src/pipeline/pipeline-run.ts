import { setMaxListeners } from 'node:events'

import { systemClock } from '../clock.ts'
import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { configError, messageOf, SidestepError } from '../errors.ts'
import { isTakenOver } from '../journal/launcher.ts'
import { StopRequest, type StopCause } from '../launch/stop-request.ts'
import type { Stack } from '../stack/stack.ts'
import { withinRun, type CurrentRun } from '../step/current-run.ts'
import type { StepDefinition } from '../step/definition.ts'
import { beginRun, type RunStart } from './begin-run.ts'
import { callStep } from './call-step.ts'
import { endUncalled, isNotEnded, recordEnd, type RunOutcome } from './end-run.ts'
import { EventStream } from './event-stream.ts'
import type { OpenRun } from './open-run.ts'
import type { RunEvent } from './run-events.ts'
import { checkRunId, newRunId } from './run-id.ts'
import { StepCall } from './step-call.ts'
import { CallNames } from './step-input.ts'
import { unwrap, type Unwrap } from './unwrap.ts'

export interface RunOptions {
  /** Absent: the stack `default`, everything on this machine. */
  readonly stack?: Stack
  /** 1 to 63 lower-case letters, digits and hyphens: that run is started, or goes on. Absent: a new one. */
  readonly runId?: string
  /** Aborting it stops the run, by the steps' `cancel.onAbort`. */
  readonly signal?: AbortSignal
  /** Path or file URL of the file that defines the pipeline, where neither the pipeline nor its call tells. */
  readonly module?: string
  /** Files or file URLs from which packages of Sidestep are looked for last. */
  readonly packagesFrom?: readonly string[]
}

/** How a run goes on. Its stack is the one that it began with, unless another one of the same store is given. */
export interface ResumeOptions extends Omit<RunOptions, 'runId'> {
  /** Goes on although the code has changed: what is finished and what runs is kept, the rest runs with the new code. */
  readonly withCurrentCode?: boolean
  /** Also where the run's launcher cannot be seen to be gone: it gave no sign for a minute. */
  readonly takeOver?: boolean
}

/** One execution of a pipeline. */
export interface PipelineRun<R> {
  readonly id: string
  /**
   * Everything that happens, from the beginning; log lines only from now on, and of a running job whose log nobody has
   * read yet. A reader that is slow holds up the log, not the step; one that does not read, or stops without leaving its
   * loop, loses log lines.
   */
  events(): AsyncIterable<RunEvent>
  /** Stops the run, and resolves when no job of it is live any more, or was left running on purpose. */
  cancel(cause?: Extract<StopCause, 'abort' | 'signal'>): Promise<void>
  /** What the pipeline returned, with values in the place of references. Rejects with what it threw. */
  result(): Promise<R>
}

export interface PipelineBody<I, R> {
  readonly name: string
  readonly module: string | undefined
  readonly run: (input: I) => Promise<R>
}

export function startRun<I, R>(
  body: PipelineBody<I, R>,
  start: RunStart<I>,
  options: RunOptions,
): PipelineRun<Unwrap<R>> {
  return new Run(body, start, options)
}

class Run<I, R> implements PipelineRun<Unwrap<R>>, CurrentRun {
  readonly id: string
  readonly #body: PipelineBody<I, R>
  readonly #options: RunOptions
  readonly #events: EventStream = new EventStream()
  readonly #stop: AbortController = new AbortController()
  readonly #names: CallNames = new CallNames()
  /** Calls whose step has not ended. */
  readonly #steps: Set<Promise<unknown>> = new Set()
  readonly #failures: { readonly call: StepCall; readonly error: unknown }[] = []
  readonly #result: Promise<Unwrap<R>>
  #open: OpenRun | undefined
  #takenOver: SidestepError | undefined
  /** Whether the pipeline's function is over: a step that was called now would be nobody's. */
  #closed = false

  constructor(body: PipelineBody<I, R>, start: RunStart<I>, options: RunOptions) {
    this.#body = body
    this.#options = options
    this.id = checkRunId(options.runId ?? newRunId())
    // Every step and every wait listens to it: with thousands of jobs that is no leak.
    setMaxListeners(0, this.#stop.signal)
    this.#result = this.#execute(start)
    // Whoever asks for the result gets the rejection; a caller that only reads events must not crash.
    this.#result.catch(() => undefined)
  }

  events(): AsyncIterable<RunEvent> {
    return this.#events.read()
  }

  async cancel(cause: Extract<StopCause, 'abort' | 'signal'> = 'abort'): Promise<void> {
    this.#stop.abort(new StopRequest(cause))
    await Promise.allSettled([this.#result])
  }

  async result(): Promise<Unwrap<R>> {
    return this.#result
  }

  // Not async: what it returns must be the very promise that knows whether it was asked.
  callStep(definition: StepDefinition, input: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(calledTooLate(definition.name, this.id))
    if (this.#open === undefined) {
      return Promise.reject(new SidestepError('the run has not begun', { code: 'INTERNAL', kind: 'infra' }))
    }
    const work = callStep(definition, input, { run: this.#open, names: this.#names })
    const call = StepCall.of(work)
    const ended = this.#note(call, work).finally(() => this.#steps.delete(ended))
    this.#steps.add(ended)
    return call
  }

  async #note(call: StepCall, work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#failures.push({ call, error })
    }
  }

  async #execute(start: RunStart<I>): Promise<Unwrap<R>> {
    const { signal } = this.#options
    const onAbort = (): void => this.#stop.abort(new StopRequest('abort'))
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted === true) onAbort()
    try {
      const { open, input, plainStore } = await beginRun({
        runId: this.id,
        pipeline: this.#body.name,
        start,
        module: this.#body.module ?? this.#options.module,
        stack: this.#options.stack,
        packagesFrom: this.#options.packagesFrom ?? [],
        events: this.#events,
        signal: this.#stop.signal,
      })
      this.#open = open
      return await this.#runOpen(open, input, plainStore)
    } catch (error) {
      throw this.#endingError() ?? error
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#events.close()
    }
  }

  /** The run from when this process owns it until it has ended, or belongs to somebody else. */
  async #runOpen(open: OpenRun, input: I, plainStore: ArtifactStore): Promise<Unwrap<R>> {
    const { launcher, journal, runId } = open
    const started = systemClock.now()
    const ended = (): { at: string; durationMs: number } => ({
      at: systemClock.date().toISOString(),
      durationMs: systemClock.now() - started,
    })
    launcher.keep(
      {
        onTakenOver: (error) => this.#lose(error),
        onCancel: () => this.#stop.abort(new StopRequest('abort')),
      },
      { store: plainStore, cancelRequested: () => journal.cancelRequested(runId, launcher.n) },
    )
    try {
      const value = await unwrap(await this.#runBody(input))
      await this.#end(open, { status: 'succeeded', result: value }, ended().durationMs)
      this.#events.publish({ type: 'run.succeeded', ...ended() })
      return value
    } catch (thrown) {
      const error = await this.#endBadly(open, thrown, ended().durationMs)
      this.#events.publish(
        isCancelled(error) ? { type: 'run.cancelled', ...ended() } : { type: 'run.failed', ...ended(), error },
      )
      throw error
    } finally {
      launcher.stop()
      await this.#closeJournal(open)
    }
  }

  /** What the run rejects with, after its end is on record. */
  async #endBadly(open: OpenRun, thrown: unknown, durationMs: number): Promise<unknown> {
    if (isTakenOver(thrown)) this.#lose(thrown)
    const error = this.#endingError() ?? thrown
    if (this.#takenOver !== undefined || isNotEnded(thrown)) return error
    try {
      await this.#end(open, { status: isCancelled(error) ? 'cancelled' : 'failed', error }, durationMs)
    } catch (ending) {
      if (isTakenOver(ending)) this.#lose(ending)
      else this.#warn(messageOf(ending))
    }
    return this.#takenOver ?? error
  }

  /** Another launcher has the run: everything is left to it. */
  #lose(error: SidestepError): void {
    this.#takenOver ??= error
    this.#stop.abort(new StopRequest('taken-over', { cause: error }))
  }

  /**
   * Says how the run ended, after what an earlier launcher had begun and nobody came to. An end that cannot be recorded
   * does not change how the run ended: whoever resumes it comes to the same end.
   */
  async #end(open: OpenRun, outcome: RunOutcome, durationMs: number): Promise<void> {
    try {
      const uncalled = await endUncalled(open)
      await recordEnd(open, outcome, { uncalled, durationMs })
    } catch (error) {
      if (isTakenOver(error)) throw error
      // Whoever goes on with it need not wait until this process ends.
      await open.launcher.release().catch(() => undefined)
      if (isNotEnded(error)) throw error
      this.#warn(`the end of the run could not be recorded: ${messageOf(error)}`)
    }
  }

  /** Events are for the eyes: that the last of them could not be kept changes nothing about the run. */
  async #closeJournal({ writer, journal }: OpenRun): Promise<void> {
    try {
      await writer.flush()
    } catch (error) {
      if (!isTakenOver(error)) this.#warn(`the last events of the run could not be kept: ${messageOf(error)}`)
    }
    try {
      journal.close()
    } catch (error) {
      this.#warn(`the journal could not be closed: ${messageOf(error)}`)
    }
  }

  #warn(message: string): void {
    this.#events.publish({ type: 'warning', at: systemClock.date().toISOString(), message })
  }

  /**
   * The run ends only when all its steps have, awaited or not. Where the function fails, those that still run are told to
   * stop; where it does not, a step fails the run whose failure nobody has looked at.
   */
  async #runBody(input: I): Promise<R> {
    const { signal } = this.#stop
    try {
      const result = await this.#callBody(input)
      await this.#allSteps()
      signal.throwIfAborted()
      const unseen = this.#failures.find(({ call }) => !call.asked)
      if (unseen !== undefined) throw unseen.error
      return result
    } catch (error) {
      this.#stop.abort(new StopRequest('sibling'))
      await this.#allSteps()
      throw error
    }
  }

  /** Calls the user's function. One that goes on after a stop is not waited for. */
  async #callBody(input: I): Promise<R> {
    const { signal } = this.#stop
    const stopped = Promise.withResolvers<never>()
    const stop = (): void => stopped.reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      signal.throwIfAborted()
      return await Promise.race([withinRun(this, async () => this.#body.run(input)), stopped.promise])
    } finally {
      this.#closed = true
      signal.removeEventListener('abort', stop)
    }
  }

  async #allSteps(): Promise<void> {
    while (this.#steps.size > 0) await Promise.allSettled(this.#steps)
  }

  /** The error of a run that was told to end, or was lost to another launcher, whatever its function made of that. */
  #endingError(): SidestepError | undefined {
    if (this.#takenOver !== undefined) return this.#takenOver
    const reason: unknown = this.#stop.signal.reason
    if (!(reason instanceof StopRequest) || reason.stopCause === 'sibling') return undefined
    return new SidestepError(`the run ${this.id} was cancelled`, {
      code: 'RUN_CANCELLED',
      kind: 'stopped',
      cause: reason,
    })
  }
}

function isCancelled(error: unknown): boolean {
  return SidestepError.isInstance(error) && error.code === 'RUN_CANCELLED'
}

function calledTooLate(stepName: string, runId: string): SidestepError {
  return configError(
    'STEP_OUTSIDE_RUN',
    `the step ${stepName} was called after the function of its pipeline had ended, in the run ${runId}`,
    'Await what calls steps in the function given to pipeline(): with `await`, or Promise.all().',
  )
}
