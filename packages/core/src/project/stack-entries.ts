import { configError } from '../errors.ts'
import { nearestName } from '../nearest-name.ts'
import { quoted } from '../stack/component-name.ts'
import type { StackComponentType } from '../stack/component.ts'
import { typeCommand, typeWords } from '../stack/component-type.ts'
import type { ProjectFile, StackEntry } from './project-model.ts'
import { STACK_KEYS, type StackKey } from './file-keys.ts'

/** A stack as the file has it; what is absent is left out. */
export function partsOf(entry: StackEntry): readonly (readonly [StackKey, string | readonly string[]])[] {
  return Object.entries(STACK_KEYS).flatMap(([property, key]) => {
    const value = entry[property as keyof StackEntry]
    return value === undefined ? [] : [[key, value] as const]
  })
}

/** A place in a stack that names a component. */
export interface ComponentUse {
  readonly stack: string
  readonly path: readonly (string | number)[]
  /** Flags of `sidestep stack update` that let go of it. */
  readonly release: string
  /** The name of one of its operators, a second time. */
  readonly isDefault: boolean
}

/** Where stacks name a component. */
export function usesOf(file: ProjectFile, type: StackComponentType, name: string): readonly ComponentUse[] {
  return Object.entries(file.stacks).flatMap(([stack, entry]) => {
    const path = ['stacks', stack]
    if (type !== 'step_operator') {
      const named = new Map<string, unknown>(partsOf(entry)).get(type)
      const flag = type.replaceAll('_', '-')
      const release = type === 'artifact_store' ? `--${flag} OTHER` : `--no-${flag}`
      return named === name ? [{ stack, path: [...path, type], release, isDefault: false }] : []
    }
    const index = entry.stepOperators.indexOf(name)
    if (index === -1) return []
    const other = entry.stepOperators.length > 1 ? '' : '--step-operator OTHER '
    const own = { stack, path: [...path, STACK_KEYS.stepOperators, index], isDefault: false }
    const again = { stack, path: [...path, STACK_KEYS.defaultStepOperator], isDefault: true }
    const release = `${other}--remove-step-operator ${name}`
    return [own, ...(entry.defaultStepOperator === name ? [again] : [])].map((use) => ({ ...use, release }))
  })
}

/**
 * Throws `STACK_INVALID` where a stack lacks what it needs, or its default operator is not among its own;
 * `COMPONENT_UNKNOWN`, with the nearest name, where it names what the file does not have.
 */
export function checkStackEntry(file: ProjectFile, name: string, entry: StackEntry): void {
  const { stepOperators, defaultStepOperator } = entry
  // What comes from a command line may lack what the type says.
  if ((entry.artifactStore as string | undefined) === undefined) {
    throw configError('STACK_INVALID', `the stack ${name} has no artifact store`, 'Name one: `--artifact-store NAME`.')
  }
  if (stepOperators === undefined || stepOperators.length === 0) {
    throw configError(
      'STACK_INVALID',
      `the stack ${name} has no step operator`,
      'Name at least one: `--step-operator NAME`.',
    )
  }
  const twice = stepOperators.find((operator, index) => stepOperators.indexOf(operator) !== index)
  if (twice !== undefined) {
    throw configError(
      'STACK_INVALID',
      `the stack ${name} names the step operator ${quoted(twice)} twice`,
      'Name it once.',
    )
  }
  for (const [key, value] of partsOf(entry)) {
    if (key === 'default_step_operator') continue
    const type = key === 'step_operators' ? 'step_operator' : key
    for (const component of typeof value === 'string' ? [value] : value) checkComponent(file, name, type, component)
  }
  if (defaultStepOperator !== undefined && !stepOperators.includes(defaultStepOperator)) {
    throw configError(
      'STACK_INVALID',
      `the stack ${name} names ${quoted(defaultStepOperator)} as its default step operator, and has no operator of that name`,
      `It has: ${stepOperators.join(', ')}.`,
    )
  }
}

function checkComponent(file: ProjectFile, stack: string, type: StackComponentType, component: string): void {
  const components = file.components[type]
  if (Object.hasOwn(components, component)) return
  const near = nearestName(component, Object.keys(components))
  const command = `${typeCommand(type)} register`
  throw configError(
    'COMPONENT_UNKNOWN',
    `the stack ${stack} names the ${typeWords(type)} ${quoted(component)}, and ${file.path} has none of that name`,
    near === undefined ? `\`${command} NAME --flavor FLAVOR\` adds one.` : `Did you mean ${near}?`,
  )
}
