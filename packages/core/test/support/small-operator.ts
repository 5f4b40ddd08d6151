import { BaseStepOperator, type Capabilities } from '../../src/operator/base-step-operator.ts'
import type { StepRunInfo } from '../../src/operator/step-run-info.ts'
import type { ComponentLocation, Problem } from '../../src/stack/component.ts'
import type { Stack } from '../../src/stack/stack.ts'

export interface SmallConfig {
  readonly capabilities?: Partial<Record<keyof Capabilities, unknown>>
  readonly location?: ComponentLocation
  readonly problems?: (stack: Stack) => readonly Problem[]
}

/** An operator that is what it is configured to be, and keeps what it was launched with. */
export class SmallOperator extends BaseStepOperator<SmallConfig> {
  static override readonly FLAVOR: string = 'small'
  override readonly capabilities: Capabilities = {
    image: 'none',
    adopt: false,
    logs: false,
    cancel: false,
    multiNode: false,
    resources: [],
    ...(this.config.capabilities as Partial<Capabilities> | undefined),
  }
  readonly launched: StepRunInfo[] = []

  override get location(): ComponentLocation | undefined {
    return this.config.location
  }

  override validate(stack: Stack): readonly Problem[] {
    return this.config.problems?.(stack) ?? []
  }

  override async launch(info: StepRunInfo): Promise<void> {
    this.launched.push(info)
  }
}
