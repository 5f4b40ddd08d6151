import type { StackComponentType } from '../stack/component.ts'
import type { StackEntry } from './project-model.ts'

/** Keys of the file as a whole, in the order that they are written in. */
export const FILE_KEYS: readonly string[] = ['flavors', 'components', 'stacks', 'active_stack']

/** One key of a stack in the file. */
export type StackKey = Exclude<StackComponentType, 'step_operator'> | 'step_operators' | 'default_step_operator'

/** Keys of a stack in the file, in the order that they are written in. */
export const STACK_KEYS: Readonly<Record<keyof StackEntry, StackKey>> = {
  artifactStore: 'artifact_store',
  containerRegistry: 'container_registry',
  imageBuilder: 'image_builder',
  stepOperators: 'step_operators',
  defaultStepOperator: 'default_step_operator',
}
