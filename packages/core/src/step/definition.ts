import type { StepConfig } from './step-config.ts'
import type { StepContext } from './step-context.ts'

export type StoredKind = 'file' | 'folder'

/** A file or folder that a command step reads or leaves. */
export interface StoredSpec {
  readonly kind: StoredKind
  /** Its name in the step's input or output folder. */
  readonly name: string
}

interface DefinitionBase {
  readonly name: string
  readonly config: StepConfig<never>
  /** Absolute path of the file that defines the step, where the stack told it. */
  readonly file: string | undefined
}

export interface FunctionStepDefinition extends DefinitionBase {
  readonly kind: 'function'
  readonly run: (input: unknown, context: StepContext) => unknown
}

export interface CommandStepDefinition extends DefinitionBase {
  readonly kind: 'command'
  readonly command: readonly string[]
  /** Relative to the file that defines the step. */
  readonly files: readonly string[]
  readonly inputs: Readonly<Record<string, StoredSpec>>
  readonly outputs: Readonly<Record<string, StoredSpec>>
}

export type StepDefinition = FunctionStepDefinition | CommandStepDefinition
