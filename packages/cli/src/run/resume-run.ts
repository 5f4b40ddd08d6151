import { configError, isPipeline, type Pipeline, type PipelineRun, type RunSummary } from '@sidestep/core'
import { exportedStacks } from './choose-stack.ts'
import { importFlavor as importModule } from './import-module.ts'
import { loadPipelineFile, type PipelineFile } from './load-pipeline-file.ts'
import { fileToResume } from './project-file.ts'
import type { RunSession } from './run-session.ts'
import { stackFor, type StackForRun } from './stack-for.ts'

export interface ResumeRunOptions {
  /** Of the pipeline. Absent: the one that the run began with. */
  readonly file?: string
  /** Absent: the one that the run began with. */
  readonly stack?: string
  readonly withCurrentCode: boolean
  readonly takeOver: boolean
}

/** Loads the pipeline of a run that is to go on, and goes on with it. */
export async function resumeRun(
  summary: RunSummary,
  session: RunSession,
  options: ResumeRunOptions,
): Promise<PipelineRun<unknown>> {
  const { cwd, output } = session
  const path = fileToResume(summary, options.file, cwd)
  session.file = path
  const file = await loadPipelineFile(path, { cwd })
  const pipeline = pipelineCalled(summary.pipeline, file.exports, file.shown)
  const note = (line: string): void => output.diagnostic([line])
  const { stack: option, withCurrentCode, takeOver } = options
  return pipeline.resume(summary.runId, {
    module: file.url,
    packagesFrom: [import.meta.url],
    withCurrentCode,
    takeOver,
    // The run knows its stack: SIDESTEP_STACK is for new ones.
    ...(option === undefined
      ? stackOfSameName(file, summary)
      : await stackFor(file, { option, environment: {}, note })),
  })
}

/**
 * The stack that the file exports under the name of the run's own: it has what no description of a stack can hold, such
 * as operators that are instances of a class. Absent: the run's own is made again from its description.
 */
function stackOfSameName(file: PipelineFile, { stack: name }: RunSummary): StackForRun {
  const stack = exportedStacks(file.exports, file.shown).get(name)
  return stack === undefined ? { importModule } : { stack, importModule }
}

/** The exported pipeline of a name. Throws a `config` error with the names there are. */
export function pipelineCalled(
  name: string,
  exports: Readonly<Record<string, unknown>>,
  file: string,
): Pipeline<unknown, unknown> {
  const pipelines = Object.values(exports).filter(isPipeline)
  const found = pipelines.find((candidate) => candidate.name === name)
  if (found !== undefined) return found
  const names = [...new Set(pipelines.map((candidate) => candidate.name))]
  throw configError(
    'MODULE_LOAD_FAILED',
    `${file} exports no pipeline called ${name}`,
    names.length === 0
      ? 'Name the file that does: --file src/pipeline.ts.'
      : `It exports ${names.join(', ')}. A run goes on with the pipeline that it began with; name its file with --file.`,
  )
}
