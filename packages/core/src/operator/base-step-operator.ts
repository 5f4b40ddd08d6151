import { StackComponent, type Problem } from '../stack/component.ts'
import type { Stack } from '../stack/stack.ts'
import type { ResourceSettings } from '../step/step-config.ts'
import type { LaunchContext } from './launch-context.ts'
import type { StepRunInfo } from './step-run-info.ts'

/** What an operator can do. Core reads it; what is declared must work, what is not must be refused. */
export interface Capabilities {
  /** `'none'`: the command runs where the operator is, in a prepared folder. */
  readonly image: 'required' | 'none'
  /** A second `launch()` of an attempt finds the job that the first one created. */
  readonly adopt: boolean
  /** The provider's own log of a job can be read, for jobs that died before they wrote one to the store. */
  readonly logs: boolean
  /** A job can be told to stop: `launch()` does so when its signal aborts. */
  readonly cancel: boolean
  /** A job can have several machines: `resources.instanceCount` above 1. */
  readonly multiNode: boolean
  /** The resources that the operator honors; asking for another one is an error. */
  readonly resources: readonly (keyof ResourceSettings)[]
}

/** Runs a step's command somewhere. Extend it with a static `FLAVOR` and `launch()`. */
export abstract class BaseStepOperator<Config = object, Settings = object> extends StackComponent<Config> {
  static override readonly TYPE: 'step_operator' = 'step_operator'
  declare protected readonly settingsType: Settings

  /** What a minimal operator can do; override to declare more. */
  readonly capabilities: Capabilities = {
    image: 'none',
    adopt: false,
    logs: false,
    cancel: false,
    multiNode: false,
    resources: [],
  }

  /**
   * Schemes of secret references (`env`) whose values the launcher reads at each create and puts into
   * `context.environment`. Only for operators that hand an environment on without writing it anywhere.
   */
  readonly handedSecretSchemes: readonly string[] = []

  /** Between SIGTERM and SIGKILL for a step that is told to stop, in milliseconds. */
  readonly graceMs: number = 30_000

  /** Problems with a stack that the operator is part of, found before anything runs. */
  validate(_stack: Stack): readonly Problem[] {
    return []
  }

  /**
   * Runs the command as one synchronous job. Resolves when it ended well; rejects with a `SidestepError` whose kind
   * says why not. Idempotent per (`info.stepRunId`, `info.attempt`).
   */
  abstract launch(info: StepRunInfo, entrypointCommand: readonly string[], context: LaunchContext): Promise<void>
}
