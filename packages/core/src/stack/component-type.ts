/** The kinds of things that a stack is composed of. */
export type StackComponentType = 'step_operator' | 'artifact_store' | 'container_registry' | 'image_builder'

/** All of them, in the order of lists. */
export const COMPONENT_TYPES: readonly StackComponentType[] = [
  'step_operator',
  'artifact_store',
  'container_registry',
  'image_builder',
]

/** A type of components in a sentence: `step operator`. */
export function typeWords(type: StackComponentType): string {
  // What a message is about may not be one: a stack in JavaScript can hold anything.
  return String(type).replaceAll('_', ' ')
}

/** Several of a type: `container registries`. */
export function typesWords(type: StackComponentType): string {
  return `${typeWords(type)}s`.replace(/ys$/, 'ies')
}

/** A type with its article: `an artifact store`. */
export function oneOfType(type: StackComponentType): string {
  const text = typeWords(type)
  return `${/^[aeiou]/.test(text) ? 'an' : 'a'} ${text}`
}

/** The command for components of a type: `sidestep step-operator`. */
export function typeCommand(type: StackComponentType): string {
  return `sidestep ${type.replaceAll('_', '-')}`
}
