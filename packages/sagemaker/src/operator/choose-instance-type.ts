import { nearestName } from '@sidestep/core/component'
import { configError, parseMemory, type ResourceSettings, type SidestepError } from '@sidestep/core'

import type { ResolvedSagemakerConfig, ResolvedSagemakerSettings } from '../config/resolved-config.ts'
import { gpuTypes, isGpu, isGpuType } from './gpu-types.ts'
import { INSTANCE_TYPES, type InstanceType } from './instance-types.ts'

/** The machines of a job, and why these. */
export interface ChosenInstance {
  /** `ml.g5.xlarge`. */
  readonly type: string
  /** For people. */
  readonly why: string
}

/** What the choice depends on. */
export interface InstanceChoice {
  /** For messages. */
  readonly stepName: string
  /** What the step asks for. */
  readonly resources: ResourceSettings
  /** Which of {@link alternativesIn} the attempt takes, from 0. */
  readonly alternative: number
  readonly settings: Pick<ResolvedSagemakerSettings, 'instanceType' | 'instanceTypes'>
  readonly config: Pick<ResolvedSagemakerConfig, 'defaultInstanceType'>
}

/** For steps that ask for nothing. */
const DEFAULT_TYPE = 'ml.m5.large'
/** Of a machine's memory that the system and SageMaker's own programs take. */
const SYSTEM_SHARE = 0.1
const GIB = 2 ** 30
/** How many types an error names. */
const MOST_NAMED = 3

/** How many types of machines may do for a step, one after another. Pure. */
export function alternativesIn({ instanceTypes = [] }: InstanceChoice['settings']): number {
  return Math.max(instanceTypes.length, 1)
}

/**
 * A type that the step names wins; else it is the smallest that has what the step asks for. Throws `RESOURCES_UNAVAILABLE` where
 * none has, or a type that is named has less than the step asks for. Pure.
 */
export function chooseInstanceType(choice: InstanceChoice): ChosenInstance {
  const { settings, resources, config, alternative } = choice
  const named = settings.instanceTypes ?? (settings.instanceType === undefined ? undefined : [settings.instanceType])
  if (named !== undefined) {
    // All of them: that the second one does not do is no news for the time when it is needed.
    for (const type of named) checkNamed(type, choice)
    const n = alternative % named.length
    const why =
      named.length === 1
        ? 'the step names it'
        : `number ${n + 1} of the ${named.length} that settings.instanceTypes names`
    return { type: named[n] ?? DEFAULT_TYPE, why }
  }
  const demands = demandsOf(resources)
  if (Object.keys(demands).length > 0) return smallest(demands, choice)
  const { defaultInstanceType } = config
  if (defaultInstanceType === undefined) return { type: DEFAULT_TYPE, why: 'the step asks for no resources' }
  return { type: defaultInstanceType, why: 'the step asks for no resources: defaultInstanceType of the step operator' }
}

/** What of a machine is asked for. */
interface Demands {
  readonly cpuCount?: number
  readonly memoryGiB?: number
  readonly gpuCount?: number
  readonly gpuType?: string
}

function demandsOf({ cpuCount, memory, gpuCount, gpuType }: ResourceSettings): Demands {
  const gpus = gpuCount ?? (gpuType === undefined ? 0 : 1)
  return {
    ...(cpuCount === undefined ? {} : { cpuCount }),
    ...(memory === undefined ? {} : { memoryGiB: parseMemory(memory, 'resources.memory') / GIB }),
    ...(gpus === 0 ? {} : { gpuCount: gpus, ...(gpuType === undefined ? {} : { gpuType }) }),
  }
}

function smallest(demands: Demands, { stepName, resources }: InstanceChoice): ChosenInstance {
  const needed =
    demands.memoryGiB === undefined ? demands : { ...demands, memoryGiB: demands.memoryGiB / (1 - SYSTEM_SHARE) }
  const candidates = Object.entries(INSTANCE_TYPES).filter(([, type]) => mayDo(type, needed))
  const [first] = candidates
    .filter(([, type]) => shortages(type, needed).length === 0)
    .toSorted(([, one], [, other]) => bySize(one, other))
  if (first === undefined) throw noneHas(candidates, needed, { stepName, resources })
  const [type, found] = first
  const more =
    (found.gpuCount ?? 0) > (demands.gpuCount ?? 0) ? `; none has fewer GPUs of the kind than ${found.gpuCount}` : ''
  const share = demands.memoryGiB === undefined ? '' : `, with ${SYSTEM_SHARE * 100} % of memory left to the system`
  return { type, why: `the smallest that has ${textOf(resources)}${share}${more}: ${describe(found)}` }
}

/** Machines with accelerators are for who asks for them. */
function mayDo({ gpuCount = 0, gpuType }: InstanceType, demands: Demands): boolean {
  if (demands.gpuCount === undefined) return gpuCount === 0
  return demands.gpuType === undefined ? isGpu(gpuType) : isGpuType(demands.gpuType, gpuType)
}

/** By what costs most. */
function bySize(one: InstanceType, other: InstanceType): number {
  return (one.gpuCount ?? 0) - (other.gpuCount ?? 0) || one.cpuCount - other.cpuCount || one.memoryGiB - other.memoryGiB
}

/** How much of each demand is missing, from 0 to 1, where anything is. */
function shortages({ cpuCount, memoryGiB, gpuCount = 0 }: InstanceType, demands: Demands): readonly number[] {
  const pairs: readonly (readonly [number, number | undefined])[] = [
    [cpuCount, demands.cpuCount],
    [memoryGiB, demands.memoryGiB],
    [gpuCount, demands.gpuCount],
  ]
  return pairs.flatMap(([there, wanted = 0]) => (there >= wanted ? [] : [1 - there / wanted]))
}

function noneHas(
  candidates: readonly (readonly [string, InstanceType])[],
  demands: Demands,
  { stepName, resources }: Pick<InstanceChoice, 'stepName' | 'resources'>,
): SidestepError {
  const message = `the step ${stepName} asks for ${textOf(resources)}, and no instance type of SageMaker has that`
  if (candidates.length === 0) {
    const { gpuType = '' } = demands
    const near = nearestName(gpuType, gpuTypes())
    const meant = near === undefined ? '' : `Did you mean ${near}? `
    return configError('RESOURCES_UNAVAILABLE', message, `${meant}There is: ${gpuTypes().join(', ')}.`)
  }
  const missing = (type: InstanceType): number => shortages(type, demands).reduce((sum, share) => sum + share, 0)
  const nearest = candidates
    .toSorted(([, one], [, other]) => missing(one) - missing(other) || bySize(one, other))
    .slice(0, MOST_NAMED)
    .map(([name, type]) => `${name} (${describe(type)})`)
  const share = demands.memoryGiB === undefined ? '' : ` A tenth of the memory is the system's.`
  return configError(
    'RESOURCES_UNAVAILABLE',
    message,
    `The nearest: ${nearest.join(', ')}.${share} Ask for less, or for several machines.`,
  )
}

/** A type that has less than the step asks for would run it on other terms than it says. */
function checkNamed(type: string, { stepName, resources }: InstanceChoice): void {
  const found = INSTANCE_TYPES[type]
  const demands = demandsOf(resources)
  if (found === undefined) return
  const wrongKind = demands.gpuType !== undefined && !isGpuType(demands.gpuType, found.gpuType)
  if (!wrongKind && shortages(found, demands).length === 0) return
  throw configError(
    'RESOURCES_UNAVAILABLE',
    `the step ${stepName} names ${type}, which has ${describe(found)}, and asks for ${textOf(resources)}`,
    'Name a type that has it, or remove one of the two.',
  )
}

function describe({ cpuCount, memoryGiB, gpuCount, gpuType }: InstanceType): string {
  const gpus = gpuCount === undefined ? '' : `, ${gpuCount} ${gpuType}`
  return `${cpuCount} vCPU, ${memoryGiB} GiB${gpus}`
}

function textOf(resources: ResourceSettings): string {
  const { instanceCount: _machines, ...ofEach } = resources
  return Object.entries(ofEach)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]))
    .join(', ')
}
