import { relative } from 'node:path'
import { configError, type Stack } from '@sidestep/core'
import { chooseStack } from './choose-stack.ts'
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

export interface WantedStack {
  /** Of `--stack`. */
  readonly option: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Tells the user what nobody asked for. */
  readonly note: (line: string) => void
}

/** The stack of `--stack` or `SIDESTEP_STACK`; absent: the stack `default` of this machine. */
export function stackFor(file: PipelineFile, { option, environment, note }: WantedStack): { readonly stack?: Stack } {
  const { stack, names } = chooseStack(file.exports, wanted(option, environment), file.shown)
  if (stack !== undefined) return { stack }
  if (names.length > 0) {
    note(`the stack default of this machine is used; ${file.shown} exports ${names.join(', ')}: choose with --stack`)
  }
  return {}
}

function wanted(
  option: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly name: string; readonly source: string } | undefined {
  if (option !== undefined) return { name: option, source: '--stack' }
  const name = environment['SIDESTEP_STACK'] ?? ''
  return name === '' ? undefined : { name, source: 'SIDESTEP_STACK' }
}
