import type { StandardSchemaV1 } from '@standard-schema/spec'

import { StackComponent, typeOf, type Problem } from '../stack/component.ts'
import type { Stack } from '../stack/stack.ts'
import type { ResourceSettings } from '../step/step-config.ts'
import type { LaunchContext } from './launch-context.ts'
import type { StepRunInfo } from './step-run-info.ts'

/**
 * What an operator can do: what is declared must work, what is not must be refused. Each says what core does with it; all
 * of them are for whoever chooses an operator, too.
 */
export interface Capabilities {
  /**
   * `'required'`: core refuses the operator (`STACK_INVALID`) in a stack without an image builder, or without a
   * container registry unless its `location` is this machine, and each attempt is launched with `info.image`. `'none'`:
   * the command runs where the operator is, in a prepared folder.
   */
  readonly image: 'required' | 'none'
  /**
   * A second `launch()` of an attempt finds the job that the first one created. True: core calls it again after a crash.
   * False: such an attempt is closed, and the next one follows.
   */
  readonly adopt: boolean
  /**
   * The provider's own log of a job can be read, for jobs that died before they wrote one to the store. True: core calls
   * `logs()` of the operator's `JobService` for them.
   */
  readonly logs: boolean
  /**
   * A job can be told to stop: `launch()` does so when its signal aborts. Core does not read it: it aborts the signal
   * in any case, and waits for `launch()` as the step's `cancel` says.
   */
  readonly cancel: boolean
  /**
   * A job can have several machines. False: core refuses a step with `resources.instanceCount` above 1
   * (`RESOURCES_UNAVAILABLE`), whatever `resources` lists.
   */
  readonly multiNode: boolean
  /**
   * The resources that the operator honors. Core refuses a step that asks for another one (`RESOURCES_UNAVAILABLE`);
   * `instanceCount` is up to `multiNode`, and a `gpuCount` of 0 asks for nothing.
   */
  readonly resources: readonly (keyof ResourceSettings)[]
}

/** Runs a step's command somewhere. Extend it with a static `FLAVOR` and `launch()`. */
export abstract class BaseStepOperator<Config = object, Settings = object> extends StackComponent<Config> {
  /** The component type of every class that extends this one. */
  static override readonly TYPE: 'step_operator' = 'step_operator'
  /**
   * Any Standard Schema of a step's `settings['step_operator.<flavor>']`. They are checked before the first launch of a
   * step, and `info.config.settings` has what the schema makes of them: of `{}` where the step gives none. Absent:
   * settings are taken as they are.
   */
  static readonly SETTINGS_SCHEMA?: StandardSchemaV1
  /** For the compiler alone: there is no such property. */
  declare protected readonly settingsType: Settings

  /** True for step operators of any loaded copy of this package. */
  static isStepOperator(value: unknown): value is BaseStepOperator<any, any> {
    if (!StackComponent.isInstance(value) || typeOf(value) !== 'step_operator') return false
    const { launch, validate, capabilities } = value as Partial<BaseStepOperator>
    return typeof launch === 'function' && typeof validate === 'function' && capabilities !== undefined
  }

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

  /**
   * Schemes of secret references that the operator's runtime module resolves in the job: a reference with another one is refused
   * before anything is made. Absent: they are not known here, and a job finds out.
   */
  readonly jobSecretSchemes?: readonly string[]

  /** Between SIGTERM and SIGKILL for a step that is told to stop, in milliseconds. */
  readonly graceMs: number = 30_000

  /**
   * What the machines of its jobs are, as images say it. Core asks for it where `capabilities.image` is `'required'` and
   * a step's `docker.platform` does not decide. Default: `linux/amd64`.
   */
  async imagePlatform(_options: { readonly signal: AbortSignal }): Promise<string> {
    return 'linux/amd64'
  }

  /**
   * In how many ways a step with this configuration can be run, in the order of preference: one for each of the machine types that may do.
   * Where one has no `capacity` or no `quota`, the next attempt takes the next (`info.alternative`); that does not count
   * as a retry, and needs none to be configured. Pure. Default: 1.
   */
  alternativesOf(_config: StepRunInfo['config']): number {
    return 1
  }

  /**
   * Problems with a stack that the operator is part of, found before anything runs. A path is one in the stack
   * (`artifactStore.uri`), or in this component (`region`). Nothing of a provider is asked here.
   */
  validate(_stack: Stack): readonly Problem[] {
    return []
  }

  /**
   * Runs the command as one synchronous job. Resolves when it ended well; rejects with a `SidestepError` whose kind
   * says why not. Idempotent per (`info.stepRunId`, `info.attempt`).
   */
  abstract launch(info: StepRunInfo, entrypointCommand: readonly string[], context: LaunchContext): Promise<void>
}
