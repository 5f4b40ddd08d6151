import { fileThatCalled } from '../step/call-site.ts'
import { startRun, type PipelineRun, type RunOptions } from './pipeline-run.ts'
import type { Unwrap } from './unwrap.ts'

/** A function over steps that can be started. */
export interface Pipeline<I, R> {
  readonly name: string
  start(input: I, options?: RunOptions): PipelineRun<Unwrap<R>>
  /** `start(...).result()`. */
  run(input: I, options?: RunOptions): Promise<Unwrap<R>>
}

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
  const start = (input: I, runOptions: RunOptions = {}): PipelineRun<Unwrap<R>> =>
    startRun({ name, module, run }, input, runOptions)
  const made: Pipeline<I, R> = { name, start, run: async (input, runOptions) => start(input, runOptions).result() }
  Object.defineProperty(made, BRAND, { value: true })
  return made
}

/** True for pipelines of any loaded copy of this package. */
export function isPipeline(value: unknown): value is Pipeline<unknown, unknown> {
  return typeof value === 'object' && value !== null && BRAND in value
}
