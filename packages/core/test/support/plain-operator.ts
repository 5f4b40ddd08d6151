import { BaseStepOperator, type Capabilities } from '../../src/operator/base-step-operator.ts'
import type { LaunchContext } from '../../src/operator/launch-context.ts'
import type { StepRunInfo } from '../../src/operator/step-run-info.ts'

export type Launch = (info: StepRunInfo, context: LaunchContext) => Promise<void>

/** An operator with nothing but `launch()`. */
export class PlainOperator extends BaseStepOperator {
  static override readonly FLAVOR = 'plain'
  override readonly capabilities: Capabilities
  readonly #launch: Launch

  constructor(launch: Launch, capabilities: Partial<Capabilities> = {}) {
    super({})
    this.#launch = launch
    const none = { image: 'none', adopt: false, logs: false, cancel: false, multiNode: false, resources: [] } as const
    this.capabilities = { ...none, ...capabilities }
  }

  override async launch(info: StepRunInfo, _command: readonly string[], context: LaunchContext): Promise<void> {
    return this.#launch(info, context)
  }
}
