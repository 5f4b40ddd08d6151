import { setMaxListeners } from 'node:events'

import { systemClock } from '../clock.ts'
import { configError, SidestepError } from '../errors.ts'
import { StopRequest, type StopCause } from '../launch/stop-request.ts'
import type { Stack } from '../stack/stack.ts'
import { withinRun, type CurrentRun } from '../step/current-run.ts'
import type { StepDefinition } from '../step/definition.ts'
import { beginRun } from './begin-run.ts'
import { callStep } from './call-step.ts'
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
  /** 1 to 63 lower-case letters, digits and hyphens. Absent: a new one. */
  readonly runId?: string
  /** Aborting it stops the run, by the steps' `cancel.onAbort`. */
  readonly signal?: AbortSignal
  /** Path or file URL of the file that defines the pipeline, where neither the pipeline nor its call tells. */
  readonly module?: string
  /** Files or file URLs from which packages of Sidestep are looked for last. */
  readonly packagesFrom?: readonly string[]
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

export function startRun<I, R>(body: PipelineBody<I, R>, input: I, options: RunOptions): PipelineRun<Unwrap<R>> {
  return new Run(body, input, options)
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
  /** Whether the pipeline's function is over: a step that was called now would be nobody's. */
  #closed = false

  constructor(body: PipelineBody<I, R>, input: I, options: RunOptions) {
    this.#body = body
    this.#options = options
    this.id = checkRunId(options.runId ?? newRunId())
    // Every step and every wait listens to it: with thousands of jobs that is no leak.
    setMaxListeners(0, this.#stop.signal)
    this.#result = this.#execute(input)
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

  async #execute(input: I): Promise<Unwrap<R>> {
    const started = systemClock.now()
    const ended = (): { at: string; durationMs: number } => ({
      at: systemClock.date().toISOString(),
      durationMs: systemClock.now() - started,
    })
    const { signal } = this.#options
    const onAbort = (): void => this.#stop.abort(new StopRequest('abort'))
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted === true) onAbort()
    try {
      this.#open = await beginRun({
        runId: this.id,
        pipeline: this.#body.name,
        module: this.#body.module ?? this.#options.module,
        stack: this.#options.stack,
        packagesFrom: this.#options.packagesFrom ?? [],
        events: this.#events,
        signal: this.#stop.signal,
      })
      const result = await this.#runBody(input)
      const value = await unwrap(result)
      this.#events.publish({ type: 'run.succeeded', ...ended() })
      return value
    } catch (error) {
      const cancelled = this.#cancelled()
      this.#events.publish(
        cancelled === undefined ? { type: 'run.failed', ...ended(), error } : { type: 'run.cancelled', ...ended() },
      )
      throw cancelled ?? error
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#events.close()
    }
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

  /** The error of a run that was told to end, whatever its function made of that. */
  #cancelled(): SidestepError | undefined {
    const reason: unknown = this.#stop.signal.reason
    if (!(reason instanceof StopRequest) || reason.stopCause === 'sibling') return undefined
    return new SidestepError(`the run ${this.id} was cancelled`, {
      code: 'RUN_CANCELLED',
      kind: 'stopped',
      cause: reason,
    })
  }
}

function calledTooLate(stepName: string, runId: string): SidestepError {
  return configError(
    'STEP_OUTSIDE_RUN',
    `the step ${stepName} was called after the function of its pipeline had ended, in the run ${runId}`,
    'Await what calls steps in the function given to pipeline(): with `await`, or Promise.all().',
  )
}
