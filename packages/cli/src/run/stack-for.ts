import { configError, type ImportModule, type SidestepError, type Stack } from '@sidestep/core'
import { nearestName, quoted, type Project } from '@sidestep/core/project'
import { openCliProject } from '../project/open-cli-project.ts'
import { exportedStacks } from './choose-stack.ts'
import { importFlavor as importModule } from './import-module.ts'
import type { PipelineFile } from './load-pipeline-file.ts'

export interface WantedStack {
  /** Of `--stack`; of a command on stacks, its argument. */
  readonly option: string | undefined
  /** What gives the option. Default: `--stack`. */
  readonly source?: '--stack' | 'argument'
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Tells the user what nobody asked for. */
  readonly note: (line: string) => void
  /** Default: the one that the command is called in. */
  readonly project?: Project
  /** Whether a run is there that knows its stack. Default: false. */
  readonly isThere?: boolean
}

/** What a run or a plan is given of it. */
export interface StackForRun {
  /** Absent: the active one of the project, or the one that the run began with. */
  readonly stack?: Stack
  readonly importModule: ImportModule
}

/** The stack that is meant, before anything is made of it. */
export interface ChosenStack {
  readonly name: string
  /** The pipeline's file exports it. Absent: the project has it. */
  readonly exported?: Stack
}

/**
 * The stack of `--stack` or `SIDESTEP_STACK`: one that the file exports, else one of sidestep.yaml, else the one of this
 * machine. Rejects with `STACK_UNKNOWN`, the names there are, and where each comes from.
 */
export async function stackFor(file: PipelineFile, options: WantedStack): Promise<StackForRun> {
  const { project = openCliProject() } = options
  const chosen = await chosenStack(file, { ...options, project })
  if (chosen === undefined) return { importModule }
  return { stack: chosen.exported ?? (await project.stack(chosen.name)), importModule }
}

/** The same, and nothing is loaded of a stack that the project has. `undefined` where none is named. */
export async function chosenStack(file: PipelineFile, options: WantedStack): Promise<ChosenStack | undefined> {
  const { note, project = openCliProject(), isThere = false } = options
  const exported = exportedStacks(file.exports, file.shown)
  const wanted = wantedBy(options)
  if (wanted === undefined) {
    if (exported.size > 0 && !isThere && (await project.activeStack()).from === 'built-in') {
      const names = [...exported.keys()].join(', ')
      note(`the stack default of this machine is used; ${file.shown} exports ${names}: choose with --stack`)
    }
    return undefined
  }
  const { name } = wanted
  const stack = exported.get(name)
  if (stack !== undefined) return { name, exported: stack }
  const names = await project.stackNames()
  if (!names.includes(name)) throw await unknownStack(wanted, { file, exported, project })
  return { name }
}

interface Wanted {
  readonly name: string
  /** What names it: `--stack`, `SIDESTEP_STACK`. Absent: the command's own words. */
  readonly source?: string
}

function wantedBy({ option, source = '--stack', environment }: WantedStack): Wanted | undefined {
  if (option !== undefined) return { name: option, ...(source === 'argument' ? {} : { source }) }
  const name = environment['SIDESTEP_STACK'] ?? ''
  return name === '' ? undefined : { name, source: 'SIDESTEP_STACK' }
}

async function unknownStack(
  { name, source }: Wanted,
  there: { readonly file: PipelineFile; readonly exported: ReadonlyMap<string, Stack>; readonly project: Project },
): Promise<SidestepError> {
  const { file, exported, project } = there
  const written = (await project.file())?.stacks ?? {}
  const origin = (known: string): string =>
    exported.has(known) ? file.shown : Object.hasOwn(written, known) ? 'sidestep.yaml' : 'this machine'
  const names = [...new Set([...exported.keys(), ...(await project.stackNames())])]
  const near = nearestName(name, names)
  return configError(
    'STACK_UNKNOWN',
    source === undefined
      ? `there is no stack ${quoted(name)}`
      : `${source} names the stack ${quoted(name)}, and there is none of that name`,
    `${near === undefined ? '' : `Did you mean ${near}? `}There is: ${names.map((known) => `${known} (${origin(known)})`).join(', ')}.`,
  )
}
