import { configError } from '../errors.ts'
import type { StepDefinition } from './definition.ts'

const KEY = Symbol.for('sidestep.steps@1')

/** Shared by all loaded copies of this package. A name maps to everything that was defined under it. */
function registry(): Map<string, StepDefinition[]> {
  const shared = globalThis as { [KEY]?: Map<string, StepDefinition[]> }
  shared[KEY] ??= new Map()
  return shared[KEY]
}

export function registerStep(definition: StepDefinition): void {
  const known = registry().get(definition.name)
  if (known === undefined) registry().set(definition.name, [definition])
  else known.push(definition)
}

/** Every step that a loaded module has defined, in the order of their definition. */
export function registeredSteps(): readonly StepDefinition[] {
  return [...registry().values()].flat()
}

/** Throws where no step has this name, or more than one. */
export function findStep(name: string): StepDefinition {
  const [found, another] = registry().get(name) ?? []
  if (found === undefined) {
    throw configError(
      'STEP_UNKNOWN',
      `the module defines no step ${name}`,
      `It defines: ${[...registry().keys()].join(', ')}.`,
    )
  }
  if (another !== undefined) {
    // In a job all of them lie in the one bundle, which tells nobody anything.
    const where =
      found.file === another.file
        ? ''
        : `: one in ${found.file ?? 'an unknown file'}, one in ${another.file ?? 'an unknown file'}`
    throw configError(
      'STEP_DUPLICATE',
      `two steps are named ${name}${where}`,
      'Names of steps are unique, because a job finds its step by name.',
    )
  }
  return found
}
