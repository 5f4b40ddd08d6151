import type { Problem, StackComponent } from '../stack/component.ts'
import { flavorOf } from '../stack/component.ts'
import type { ResourceSettings } from '../step/step-config.ts'
import { BaseStepOperator, type Capabilities } from './base-step-operator.ts'

const RESOURCES = [
  'cpuCount',
  'memory',
  'gpuCount',
  'gpuType',
  'instanceCount',
] as const satisfies readonly (keyof ResourceSettings)[]
const FLAGS = ['adopt', 'logs', 'cancel', 'multiNode'] as const satisfies readonly (keyof Capabilities)[]

/**
 * What is wrong with a component that is to be a step operator: TypeScript checks all of it, JavaScript nothing.
 *
 * @param path where the component is in the stack
 */
export function operatorShapeProblems(component: StackComponent, path: string): readonly Problem[] {
  if (!BaseStepOperator.isStepOperator(component)) {
    const message = `the step operator ${flavorOf(component)} does not extend BaseStepOperator`
    return [{ path, message, hint: 'Let its class extend BaseStepOperator of @sidestep/core, and implement launch().' }]
  }
  const { capabilities } = component
  const wrong =
    typeof capabilities === 'object' && capabilities !== null ? wrongParts(capabilities) : { '': 'an object' }
  return Object.entries(wrong).map(([name, wanted]) => ({
    path: name === '' ? `${path}.capabilities` : `${path}.capabilities.${name}`,
    message: `the step operator ${component.constructor.name} (${flavorOf(component)}) does not declare ${name === '' ? 'its capabilities' : name} as ${wanted}`,
    hint: 'Correct it in the class: the type Capabilities of @sidestep/core says what each one means.',
  }))
}

/** What each wrong part must be. */
function wrongParts(capabilities: Partial<Record<keyof Capabilities, unknown>>): Readonly<Record<string, string>> {
  const { image, resources } = capabilities
  const isImage = image === 'required' || image === 'none'
  const areResources =
    Array.isArray(resources) && resources.every((name) => (RESOURCES as readonly unknown[]).includes(name))
  return {
    ...(isImage ? {} : { image: `'required' or 'none'` }),
    ...Object.fromEntries(
      FLAGS.filter((name) => typeof capabilities[name] !== 'boolean').map((name) => [name, 'true or false'] as const),
    ),
    ...(areResources ? {} : { resources: `a list of ${RESOURCES.join(', ')}` }),
  }
}
