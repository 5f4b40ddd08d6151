import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { configError, type RunSummary } from '@sidestep/core'
import { findPipelineFile } from './pipeline-file.ts'

/** The file that defines a run's pipeline, where it is known and still there. */
export function fileOfRun({ module, projectFolder }: RunSummary): string | undefined {
  if (module === undefined || projectFolder === undefined) return undefined
  const file = join(projectFolder, module)
  return existsSync(file) ? file : undefined
}

/**
 * The file to load for a run that is to go on: the one that the user names, else the one that it began with. Throws a
 * `config` error that says what to name where it cannot be told.
 */
export function fileToResume(run: RunSummary, named: string | undefined, cwd: string): string {
  if (named !== undefined) return findPipelineFile(named, cwd)
  const { runId, module, projectFolder } = run
  if (module === undefined) {
    throw configError(
      'MODULE_NOT_FOUND',
      `nobody knows which file defines the pipeline ${run.pipeline} of the run ${runId}`,
      'Name it: --file src/pipeline.ts. A run that a program has started goes on in that program: pipeline.resume(runId).',
    )
  }
  const file = projectFolder === undefined ? join(cwd, module) : join(projectFolder, module)
  if (existsSync(file)) return findPipelineFile(file, cwd)
  throw configError(
    'MODULE_NOT_FOUND',
    `the run ${runId} began with ${file}, and there is no such file`,
    'If it has moved, name it: --file src/pipeline.ts.',
  )
}
