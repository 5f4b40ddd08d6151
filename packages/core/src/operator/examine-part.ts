import { ArtifactStore } from '../artifact/artifact-store.ts'
import { messageOf, SidestepError } from '../errors.ts'
import { flavorOf, typeOf, type ComponentLocation, type Problem, type StackComponent } from '../stack/component.ts'
import { hiderFor } from '../stack/hidden-values.ts'
import type { Stack, StackPart } from '../stack/stack.ts'
import { oneOfType } from '../stack/component-type.ts'
import type { BaseStepOperator } from './base-step-operator.ts'
import { operatorShapeProblems } from './operator-shape.ts'
import type { PartFacts } from './stack-rules.ts'

/** What is known of a part of a stack by itself. */
export interface ExaminedPart {
  readonly facts: PartFacts
  readonly problems: readonly Problem[]
  /** Of a part that is a step operator as it must be. */
  readonly operator?: BaseStepOperator<any, any>
}

/** Loads a part and looks at it. Never rejects: what goes wrong is a problem. */
export async function examinePart(part: StackPart): Promise<ExaminedPart> {
  const { path, type, flavor } = part
  const facts: PartFacts = { path, type, flavor }
  let component: StackComponent
  try {
    component = await part.load()
  } catch (error) {
    return { facts, problems: [loadProblem(error, path)] }
  }
  const wrong = shapeProblems(component, part)
  if (wrong.length > 0) return { facts, problems: wrong }
  const { location, problems } = locationOf(component, path)
  const placed = { ...facts, flavor: flavorOf(component), ...(location === undefined ? {} : { location }) }
  if (type !== 'step_operator') return { facts: placed, problems }
  const operator = component as BaseStepOperator<any, any>
  return { facts: { ...placed, image: operator.capabilities.image }, problems, operator }
}

/**
 * What an operator says itself about its stack. What its `validate()` throws is a problem too. References stand in the
 * place of what its configuration took from the environment.
 */
export function ownProblems(operator: BaseStepOperator<any, any>, path: string, stack: Stack): readonly Problem[] {
  const failed = (how: string): readonly Problem[] => [
    {
      path,
      message: `validate() of the step operator ${flavorOf(operator)} ${how}`,
      hint: 'Correct it in the class: it returns a list of problems, which is empty where there are none.',
    },
  ]
  const hider = hiderFor(operator)
  try {
    const found: unknown = operator.validate(stack)
    if (found instanceof Promise) {
      // It may reject later, when nobody listens.
      found.catch(() => undefined)
      return failed('returns a promise, and has to answer at once')
    }
    if (!Array.isArray(found) || !found.every(isProblem)) return failed('returns no list of problems')
    return found.map(({ message, hint, path: given }) => ({
      message: hider.text(message),
      hint: hider.text(hint),
      path: pathInStack(given, path),
    }))
  } catch (error) {
    return failed(`fails: ${hider.text(messageOf(error))}`)
  }
}

function loadProblem(error: unknown, path: string): Problem {
  if (!SidestepError.isInstance(error)) {
    return {
      path,
      message: `it does not load: ${messageOf(error)}`,
      hint: 'Correct what it is configured with, or its class.',
    }
  }
  return { path, message: error.message, hint: error.hint ?? 'Correct its configuration.' }
}

function shapeProblems(component: StackComponent, { path, type }: StackPart): readonly Problem[] {
  if (type === 'step_operator') return operatorShapeProblems(component, path)
  const hint = `Give the stack a component whose class is ${oneOfType(type)}.`
  const flavor = flavorOf(component)
  if (typeOf(component) !== type)
    return [{ path, message: `${flavor} is ${oneOfType(typeOf(component))}, not ${oneOfType(type)}`, hint }]
  if (type !== 'artifact_store' || ArtifactStore.isArtifactStore(component)) return []
  const message = `the artifact store ${flavor} does not extend ArtifactStore`
  return [{ path, message, hint: 'Let its class extend ArtifactStore of @sidestep/core.' }]
}

function locationOf(
  component: StackComponent,
  path: string,
): { readonly location?: ComponentLocation; readonly problems: readonly Problem[] } {
  const failed = (how: string): { readonly problems: readonly Problem[] } => ({
    problems: [
      {
        path: `${path}.location`,
        message: `the location of ${flavorOf(component)} ${how}`,
        hint: `Correct it in the class: { cloud: 'aws', region: 'eu-west-1' }, or undefined where it is not known.`,
      },
    ],
  })
  try {
    const location: unknown = component.location
    if (location === undefined) return { problems: [] }
    return isLocation(location) ? { location, problems: [] } : failed('is none')
  } catch (error) {
    return failed(`cannot be read: ${hiderFor(component).text(messageOf(error))}`)
  }
}

function isLocation(value: unknown): value is ComponentLocation {
  const { cloud, region } = (typeof value === 'object' && value !== null ? value : {}) as Partial<ComponentLocation>
  return typeof cloud === 'string' && cloud !== '' && (region === undefined || typeof region === 'string')
}

function isProblem(value: unknown): value is Problem {
  const { message, hint, path } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Problem>
  return typeof message === 'string' && typeof hint === 'string' && (path === undefined || typeof path === 'string')
}

const PARTS = ['artifactStore', 'containerRegistry', 'imageBuilder', 'stepOperators']

/** An operator names what is its own (`region`), or what is another's (`artifactStore.uri`). */
function pathInStack(given: string | undefined, own: string): string {
  if (given === undefined || given === '') return own
  return PARTS.includes(given.split('.')[0] ?? '') ? given : `${own}.${given}`
}
