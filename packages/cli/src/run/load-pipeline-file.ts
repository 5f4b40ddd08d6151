import { relative } from 'node:path'
import { configError } from '@sidestep/core'
import { loadModule, type LoadedModule } from './load-module.ts'
import { unlessStalled } from './stalled.ts'

export interface PipelineFile extends LoadedModule {
  /** As messages name the file. */
  readonly shown: string
}

/** Loads a pipeline's file; one whose top level waits for nothing is an error. */
export async function loadPipelineFile(file: string, { cwd }: { readonly cwd: string }): Promise<PipelineFile> {
  const shown = relative(cwd, file)
  const loaded = await unlessStalled(loadModule(file, { cwd }), () =>
    configError('MODULE_LOAD_FAILED', `${shown} waits for a promise that nothing can settle any more`),
  )
  return { ...loaded, shown }
}
