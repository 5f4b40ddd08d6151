import type { ComponentLocation, Problem, StackComponentType } from '../stack/component.ts'
import { typeWords } from '../stack/component-type.ts'
import type { Capabilities } from './base-step-operator.ts'

/** What the rules read of one component. */
export interface PartFacts {
  /** Where it is in the stack: `artifactStore`, `stepOperators.gpu`. */
  readonly path: string
  readonly type: StackComponentType
  readonly flavor: string
  /** Absent: not known, so nothing is said about it. */
  readonly location?: ComponentLocation
  /** Of a step operator. Absent: not known. */
  readonly image?: Capabilities['image']
}

/** What is wrong with parts that are right by themselves and do not go together. Pure. */
export function stackProblems(parts: readonly PartFacts[]): readonly Problem[] {
  return parts
    .filter(({ type }) => type === 'step_operator')
    .flatMap((operator) => [...missingParts(operator, parts), ...misplacedParts(operator, parts)])
}

/** An image has to be built by somebody, and to lie where a machine that is not this one can get it. */
function missingParts(operator: PartFacts, parts: readonly PartFacts[]): readonly Problem[] {
  if (operator.image !== 'required') return []
  const has = (type: StackComponentType): boolean => parts.some((part) => part.type === type)
  const why = `the step operator ${operator.flavor} runs steps in images`
  const builder: Problem = {
    path: 'imageBuilder',
    message: `${why}, and the stack has no image builder`,
    hint: 'Give the stack an imageBuilder, or the step another operator.',
  }
  const registry: Problem = {
    path: 'containerRegistry',
    message: `${why}, and the stack has no container registry that it could get them from`,
    hint: 'Give the stack a containerRegistry, or the step another operator.',
  }
  return [
    ...(has('image_builder') ? [] : [builder]),
    ...(has('container_registry') || isHere(operator.location) ? [] : [registry]),
  ]
}

/** The parts that an operator's jobs reach: the artifact store, and the registry where they run in images. */
function misplacedParts(operator: PartFacts, parts: readonly PartFacts[]): readonly Problem[] {
  return parts
    .filter(({ type }) => type === 'artifact_store' || (type === 'container_registry' && operator.image === 'required'))
    .flatMap((part) => misplaced(part, operator))
}

function misplaced(part: PartFacts, operator: PartFacts): readonly Problem[] {
  const there = operator.location
  // What runs on this machine reaches every cloud.
  if (part.location === undefined || there === undefined || isHere(there)) return []
  const one = `the ${typeWords(part.type)} ${part.path} (${part.flavor})`
  const other = `the step operator ${operator.path} (${operator.flavor})`
  if (isHere(part.location)) {
    const message = `${one} is on this machine, and ${other} runs jobs in ${placeOf(there)}, where they cannot reach it`
    return [
      { path: part.path, message, hint: `Give the stack one of ${placeOf(there)}, or a step operator that is local.` },
    ]
  }
  const differ = whatDiffers(part.location, there)
  if (differ === undefined) return []
  const message = `${one} is in ${placeOf(part.location)}, and ${other} in ${placeOf(there)}: the ${differ}s differ`
  return [{ path: part.path, message, hint: `Take both from one ${differ}, or make a stack for each.` }]
}

function whatDiffers(one: ComponentLocation, other: ComponentLocation): 'cloud' | 'region' | undefined {
  if (one.cloud.toLowerCase() !== other.cloud.toLowerCase()) return 'cloud'
  if (one.region === undefined || other.region === undefined) return undefined
  return one.region.toLowerCase() === other.region.toLowerCase() ? undefined : 'region'
}

function isHere(location: ComponentLocation | undefined): boolean {
  return location?.cloud === 'local'
}

function placeOf({ cloud, region }: ComponentLocation): string {
  return region === undefined ? cloud : `${cloud} ${region}`
}
