import { configError, type ImportModule, type SidestepError, type Stack } from '@sidestep/core'
import { nearestName, quoted, type Project } from '@sidestep/core/project'
import { openCliProject } from '../project/open-cli-project.ts'
import { exportedStacks } from './choose-stack.ts'
import { importFlavor as importModule } from './import-module.ts'
import type { PipelineFile } from './load-pipeline-file.ts'

export interface WantedStack {
  /** Of `--stack`. */
  readonly option: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Tells the user what nobody asked for. */
  readonly note: (line: string) => void
  /** Default: the one that the command is called in. */
  readonly project?: Project
  /** Whether a run may be there that knows its stack. Default: false. */
  readonly mayExist?: boolean
}

/** What a run or a plan is given of it. */
export interface StackForRun {
  /** Absent: the active one of the project, or the one that the run began with. */
  readonly stack?: Stack
  readonly importModule: ImportModule
}

/**
 * The stack of `--stack` or `SIDESTEP_STACK`: one that the file exports, else one of sidestep.yaml, else the one of this
 * machine. Rejects with `STACK_UNKNOWN`, the names there are, and where each comes from.
 */
export async function stackFor(file: PipelineFile, options: WantedStack): Promise<StackForRun> {
  const { option, environment, note, project = openCliProject(), mayExist = false } = options
  const exported = exportedStacks(file.exports, file.shown)
  const wanted = wantedBy(option, environment)
  if (wanted === undefined) {
    if (exported.size > 0 && !mayExist && (await project.activeStack()).from === 'built-in') {
      const names = [...exported.keys()].join(', ')
      note(`the stack default of this machine is used; ${file.shown} exports ${names}: choose with --stack`)
    }
    return { importModule }
  }
  const stack = exported.get(wanted.name)
  if (stack !== undefined) return { stack, importModule }
  const names = await project.stackNames()
  if (!names.includes(wanted.name)) throw await unknownStack(wanted, { file, exported, project })
  return { stack: await project.stack(wanted.name), importModule }
}

interface Wanted {
  readonly name: string
  /** `--stack` or `SIDESTEP_STACK`. */
  readonly source: string
}

function wantedBy(option: string | undefined, environment: WantedStack['environment']): Wanted | undefined {
  if (option !== undefined) return { name: option, source: '--stack' }
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
    `${source} names the stack ${quoted(name)}, and there is none of that name`,
    `${near === undefined ? '' : `Did you mean ${near}? `}There is: ${names.map((known) => `${known} (${origin(known)})`).join(', ')}.`,
  )
}
