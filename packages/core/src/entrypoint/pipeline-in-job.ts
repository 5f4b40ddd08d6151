import { configError } from '../errors.ts'

const BRAND = Symbol.for('sidestep.pipeline@1')

interface PipelineInJob {
  readonly name: string
  start(): never
  run(): never
  resume(): never
}

/**
 * What `pipeline()` is inside a job: it defines, and does not start. A module that starts its pipeline while it loads
 * would otherwise start it again in every job.
 */
export function pipeline(name: string): PipelineInJob {
  const refuse = (): never => {
    throw configError(
      'PIPELINE_IN_JOB',
      `the pipeline ${name} was started while its module was loaded in a job`,
      'Start it in another file, with `sidestep run FILE`, or in `if (import.meta.main) { … }`.',
    )
  }
  const made: PipelineInJob = { name, start: refuse, run: refuse, resume: refuse }
  Object.defineProperty(made, BRAND, { value: true })
  return made
}

/** The same as outside. */
export function isPipeline(value: unknown): boolean {
  return typeof value === 'object' && value !== null && BRAND in value
}
