import { fileThatCalled } from '../call-site.ts'
import type { PipelineRun, ResumeOptions, RunOptions } from './pipeline-run.ts'
import { startRun } from './run.ts'
import type { Unwrap } from './unwrap.ts'

/** A function over steps that can be started. */
export interface Pipeline<I, R> {
  /** As `pipeline()` was given it. */
  readonly name: string
  /** With `runId`: starts that run, or goes on with it. */
  start(input: I, options?: RunOptions): PipelineRun<Unwrap<R>>
  /** `start(...).result()`. */
  run(input: I, options?: RunOptions): Promise<Unwrap<R>>
  /**
   * Goes on with a run of this project whose launcher is gone, with the input that it began with: what is finished is
   * kept, jobs that run are found again. A run that ended badly is tried again from where it failed. Fails with
   * `RUN_UNKNOWN`, `RUN_OWNED` where it is at work, and `CODE_CHANGED` where the code is another one.
   */
  resume(runId: string, options?: ResumeOptions): PipelineRun<Unwrap<R>>
}

/** What a pipeline cannot know of itself. */
export interface PipelineOptions {
  /** The bundle's entry: `import.meta.url` of the file. Absent: the file that calls `pipeline()`. */
  readonly module?: string
}

const BRAND = Symbol.for('sidestep.pipeline@1')

/**
 * Makes a pipeline of an async function that calls steps. The process that starts it is the orchestrator; the file
 * that defines it, with all it imports, is what a job gets.
 */
export function pipeline<I, R>(
  name: string,
  run: (input: I) => Promise<R>,
  options: PipelineOptions = {},
): Pipeline<I, R> {
  const module = options.module ?? fileThatCalled(pipeline)
  const body = { name, module, run }
  const start = (input: I, runOptions: RunOptions = {}): PipelineRun<Unwrap<R>> =>
    startRun(body, { kind: 'start', input, mayExist: runOptions.runId !== undefined }, runOptions)
  const made: Pipeline<I, R> = {
    name,
    start,
    run: async (input, runOptions) => start(input, runOptions).result(),
    resume: (runId, { withCurrentCode = false, takeOver = false, ...rest } = {}) =>
      startRun(body, { kind: 'resume', withCurrentCode, takeOver }, { ...rest, runId }),
  }
  Object.defineProperty(made, BRAND, { value: { module } })
  return made
}

/** Path or file URL of the file that defines a pipeline, where that is known. */
export function moduleOf(made: Pipeline<any, any>): string | undefined {
  return (made as unknown as { readonly [BRAND]: { readonly module: string | undefined } })[BRAND].module
}

/** True for pipelines of any loaded copy of this package. */
export function isPipeline(value: unknown): value is Pipeline<unknown, unknown> {
  return typeof value === 'object' && value !== null && BRAND in value
}
