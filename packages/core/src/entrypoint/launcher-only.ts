import { configError } from '../errors.ts'

/** What `openRuns()` is inside a job, which has no journal. */
export async function openRuns(): Promise<never> {
  throw launcherOnly('openRuns')
}

/** What `planPipeline()` is inside a job, which plans nothing. */
export async function planPipeline(): Promise<never> {
  throw launcherOnly('planPipeline')
}

function launcherOnly(name: string): Error {
  return configError(
    'PIPELINE_IN_JOB',
    `${name}() was called in a job`,
    'Call it in the program that starts pipelines, or in `if (import.meta.main) { … }`.',
  )
}
