import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { ArtifactStore } from '../artifact/artifact-store.ts'
import { projectFolderOf } from '../bundle/project.ts'
import { systemClock } from '../clock.ts'
import { configError, SidestepError } from '../errors.ts'
import { journalId } from '../journal/journal-id.ts'
import { StoreJournal } from '../journal/store-journal.ts'
import { StopRequest, type StopCause } from '../launch/stop-request.ts'
import { createHomeFolder, homeFolder } from '../stack/home-folder.ts'
import type { Stack } from '../stack/stack.ts'
import { withinRun, type CurrentRun } from '../step/current-run.ts'
import type { StepDefinition } from '../step/definition.ts'
import { callStep } from './call-step.ts'
import { loadDefaultStack } from './default-stack.ts'
import { EventStream } from './event-stream.ts'
import type { OpenRun } from './open-run.ts'
import { RunBundle } from './run-bundle.ts'
import type { RunEvent } from './run-events.ts'
import { checkRunId, newRunId } from './run-id.ts'
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
  /** Everything that happens, from the beginning; log lines only from now on. */
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
  readonly #steps: Set<Promise<unknown>> = new Set()
  readonly #result: Promise<Unwrap<R>>
  #open: OpenRun | undefined

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

  async callStep(definition: StepDefinition, input: unknown): Promise<unknown> {
    if (this.#open === undefined) throw new SidestepError('the run has not begun', { code: 'INTERNAL', kind: 'infra' })
    const call = callStep(definition, input, { run: this.#open, names: this.#names })
    this.#steps.add(call)
    try {
      return await call
    } finally {
      this.#steps.delete(call)
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
      this.#open = await this.#begin()
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
   * Calls the user's function. The run ends only when all its steps have, awaited or not; a function that goes on
   * after a stop without calling any is not waited for.
   */
  async #runBody(input: I): Promise<R> {
    const { signal } = this.#stop
    const stopped = Promise.withResolvers<never>()
    const stop = (): void => stopped.reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      const result = await Promise.race([withinRun(this, async () => this.#body.run(input)), stopped.promise])
      await this.#allSteps()
      signal.throwIfAborted()
      return result
    } catch (error) {
      if (this.#steps.size > 0) this.#stop.abort(new StopRequest('sibling'))
      await this.#allSteps()
      throw error
    } finally {
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

  async #begin(): Promise<OpenRun> {
    const { name, module: own } = this.#body
    const module = own ?? this.#options.module
    const file = module?.startsWith('file:') === true ? fileURLToPath(module) : module
    const home = homeFolder()
    createHomeFolder(home)
    const places = [
      ...(file === undefined ? [] : [file]),
      join(process.cwd(), 'package.json'),
      ...(this.#options.packagesFrom ?? []),
    ]
    const stack = this.#options.stack ?? (await loadDefaultStack(home, places))
    const store = await stack.artifactStore()
    if (!ArtifactStore.isArtifactStore(store)) {
      throw configError(
        'COMPONENT_INVALID',
        `the artifact store of the stack ${stack.name} does not extend ArtifactStore`,
      )
    }
    const projectFolder = projectFolderOf(file ?? process.cwd())
    const journal = new StoreJournal({ id: await journalId(home), store })
    const startedAt = systemClock.date().toISOString()
    const salt = randomBytes(8).toString('hex')
    await journal.beginRun({
      version: 1,
      runId: this.id,
      pipeline: name,
      stack: stack.name,
      journalId: journal.id,
      salt,
      ...(file === undefined ? {} : { module: relative(projectFolder, file) }),
      startedAt,
    })
    this.#events.publish({
      type: 'run.started',
      at: startedAt,
      runId: this.id,
      pipeline: name,
      stack: stack.name,
      storeUri: store.uri,
    })
    const { signal } = this.#stop
    const bundle = new RunBundle({ module, stack, store, home, signal })
    return {
      runId: this.id,
      salt,
      pipeline: name,
      stack,
      store,
      journal,
      home,
      projectFolder,
      bundle,
      events: this.#events,
      signal,
      clock: systemClock,
      random: Math.random,
    }
  }
}
