import { setMaxListeners } from 'node:events'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { systemClock } from '../clock.ts'
import { configError, messageOf, SidestepError } from '../errors.ts'
import { isTakenOver } from '../journal/launcher.ts'
import { StopRequest, type StopCause } from '../launch/stop-request.ts'
import { checkName } from '../stack/component-name.ts'
import { withinRun, type CurrentRun } from '../step/current-run.ts'
import type { StepDefinition } from '../step/definition.ts'
import { beginRun } from './begin-run.ts'
import { callStep } from './call-step.ts'
import { closeJournal, endRun, isNotEnded } from './end-run.ts'
import { EventStream } from './event-stream.ts'
import type { OpenRun } from './open-run.ts'
import type { PipelineRun, RunOptions } from './pipeline-run.ts'
import type { RunEvent } from './run-events.ts'
import { checkRunId, newRunId } from './run-id.ts'
import { StepCall } from './step-call.ts'
import type { RunStart } from './take-up-run.ts'
import { CallNames } from './step-input.ts'
import { unwrap, type Unwrap } from './unwrap.ts'

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
    checkName('pipeline', body.name)
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
        importModule: this.#options.importModule,
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
      await endRun(open, { status: 'succeeded', result: value }, { durationMs: ended().durationMs, warn: this.#warn })
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
      await closeJournal(open, this.#warn)
    }
  }

  /** What the run rejects with, after its end is on record. */
  async #endBadly(open: OpenRun, thrown: unknown, durationMs: number): Promise<unknown> {
    if (isTakenOver(thrown)) this.#lose(thrown)
    const error = this.#endingError() ?? thrown
    if (this.#takenOver !== undefined || isNotEnded(thrown)) return error
    try {
      await endRun(
        open,
        { status: isCancelled(error) ? 'cancelled' : 'failed', error },
        { durationMs, warn: this.#warn },
      )
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

  readonly #warn = (message: string): void => {
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
