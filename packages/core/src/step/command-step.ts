import type { Artifact } from '../artifact/artifact.ts'
import type { Folder } from '../artifact/folder.ts'
import { fileThatCalled } from '../call-site.ts'
import { callInRun } from './current-run.ts'
import type { CommandStepDefinition, StoredKind, StoredSpec } from './definition.ts'
import { registerStep } from './registry.ts'
import type { StepConfig } from './step-config.ts'

declare const stored: unique symbol

/** A file that a command step reads or leaves. `T` is what its bytes mean to the other steps. */
export interface FileSpec<T> {
  /** Tells it from a folder. */
  readonly kind: 'file'
  /** For the compiler alone: there is no such property. */
  readonly [stored]: T
  /** On disk. Default: its key. */
  readonly name?: string
}

/** A folder that a command step reads or leaves. */
export interface FolderSpec {
  /** Tells it from a file. */
  readonly kind: 'folder'
  /** For the compiler alone: there is no such property. */
  readonly [stored]: Folder
  /** On disk. Default: its key. */
  readonly name?: string
}

/**
 * A file as input or output of a command step. `name` is its name on disk, by default the key it stands under. An
 * output whose name ends in `.json` is read back as JSON; every other one as bytes.
 */
export function file<T = Uint8Array>(name?: string): FileSpec<T> {
  return spec('file', name) as FileSpec<T>
}

/** A folder as input or output of a command step. */
export function folder(name?: string): FolderSpec {
  return spec('folder', name) as FolderSpec
}

function spec(kind: StoredKind, name: string | undefined): object {
  return name === undefined ? { kind } : { kind, name }
}

type Stored<S> = S extends { readonly [stored]: infer T } ? T : never
type Specs = Record<string, FileSpec<unknown> | FolderSpec>
type CommandInputs<I> = { [K in keyof I]: Artifact<Stored<I[K]>> }

/** What a command step has beside the configuration of every step. */
export interface CommandStepParts<I extends Specs, O extends Specs> {
  /**
   * Program and arguments, run without a shell. `{inputs.NAME}` and `{outputs.NAME}` stand for paths, which are also
   * in `SIDESTEP_INPUTS` and `SIDESTEP_OUTPUTS` (the folders).
   */
  readonly command: readonly string[]
  /** Files and folders that go along, relative to the file that calls `commandStep`. */
  readonly files?: readonly string[]
  /** What other steps returned, by the names in `{inputs.NAME}`. Default: none. */
  readonly inputs?: I
  /** What must be there when the command has ended well, by the names in `{outputs.NAME}`. Default: none. */
  readonly outputs?: O
}

/**
 * Defines a step whose body is a command in any language, with files in and files out. It always runs as a job. A call
 * rejects as one of `step()` does; a command that ends with another exit code than 0, or leaves an output out, has
 * failed.
 */
export function commandStep<I extends Specs = {}, O extends Specs = {}>(
  config: StepConfig<CommandInputs<I>> & CommandStepParts<I, O>,
): (
  ...inputs: keyof I extends never ? [] : [inputs: CommandInputs<I>]
) => Promise<{ [K in keyof O]: Artifact<Stored<O[K]>> }> {
  const { command, files = [], inputs, outputs, ...common } = config
  const definition: CommandStepDefinition = {
    kind: 'command',
    name: config.name,
    config: common,
    file: fileThatCalled(commandStep),
    command,
    files,
    inputs: namedSpecs(inputs),
    outputs: namedSpecs(outputs),
  }
  registerStep(definition)
  const call = (given?: unknown): Promise<unknown> => callInRun(definition, given)
  Object.defineProperty(call, 'name', { value: definition.name })
  return Object.assign(call, { stepName: definition.name }) as never
}

function namedSpecs(specs: Specs | undefined): Readonly<Record<string, StoredSpec>> {
  return Object.fromEntries(Object.entries(specs ?? {}).map(([key, { kind, name = key }]) => [key, { kind, name }]))
}
