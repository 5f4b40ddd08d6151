import { configError, type StepRunInfo } from '@sidestep/core'

import type { ResolvedSagemakerSettings } from '../config/resolved-config.ts'
import type { ChosenInstance } from './choose-instance-type.ts'
import { hasOwnDisks, isAccelerated, platformOf } from './instance-types.ts'
import type { JsonObject } from './merge-patch.ts'

/** More machines than any job of SageMaker has: the quota of an account, which is far less, is only known to AWS. */
const MOST_MACHINES = 10_000
/** What `extra` must not touch: by these, jobs are found, adopted and run. */
const OWN_MEMBERS: readonly (readonly [string, ...string[]])[] = [
  ['TrainingJobName'],
  ['AlgorithmSpecification', 'TrainingImage'],
  ['AlgorithmSpecification', 'AlgorithmName'],
  ['AlgorithmSpecification', 'ContainerEntrypoint'],
  ['AlgorithmSpecification', 'ContainerArguments'],
]

/** How many machines a step is to have. Throws where two places say it differently, or it is more than there can be. Pure. */
export function machinesOf({ stepName, config }: StepRunInfo, { instanceCount }: ResolvedSagemakerSettings): number {
  const asked = config.resourceSettings.instanceCount
  if (asked !== undefined && instanceCount !== undefined && asked !== instanceCount) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} has resources.instanceCount ${asked} and settings.instanceCount ${instanceCount}`,
      'Remove one of the two.',
    )
  }
  const count = instanceCount ?? asked ?? 1
  if (count <= MOST_MACHINES) return count
  throw configError(
    'RESOURCES_UNAVAILABLE',
    `the step ${stepName} asks for instanceCount ${count}, and no training job has more than ${MOST_MACHINES} machines`,
    'Ask for fewer. What the account may have, AWS lists under Service Quotas.',
  )
}

/** What settings ask of machines of a kind that has it not: throws. Pure. */
export function checkMachine(info: StepRunInfo, settings: ResolvedSagemakerSettings, { type }: ChosenInstance): void {
  const { stepName } = info
  const { platform } = info.config.dockerSettings
  if (platform !== undefined && platform !== platformOf(type)) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} has docker.platform ${platform}, and ${type} runs images for ${platformOf(type)}`,
      'Correct docker.platform, or take another type.',
    )
  }
  if (platform === undefined && platformOf(type) !== 'linux/amd64') {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} runs on ${type}, which needs images for ${platformOf(type)}`,
      `Give it docker.platform: '${platformOf(type)}'.`,
    )
  }
  if (settings.maxPending !== undefined && !isAccelerated(type)) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} has settings.maxPending, which SageMaker does not heed for ${type}: it has no accelerators`,
      'Remove it, and give the step timeouts.queue.',
    )
  }
  // Of several types, each takes what it can.
  if (settings.volumeSizeGiB !== undefined && settings.instanceTypes === undefined && hasOwnDisks(type)) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} has settings.volumeSizeGiB, and ${type} has disks of its own, whose size is fixed`,
      'Remove it, or take a type without disks of its own.',
    )
  }
}

/** Throws where a patch of the request changes what Sidestep needs of it. Pure. */
export function checkExtra(extra: JsonObject, stepName: string): void {
  const own = OWN_MEMBERS.find((path) => hasMember(extra, path))
  const variable = variableIn(extra['Environment'])
  const removed = extra['Tags'] === null ? 'Tags' : undefined
  const refused = own?.join('.') ?? variable ?? removed
  if (refused === undefined) return
  throw configError(
    'CONFIG_INVALID',
    `settings.extra of the step ${stepName} changes ${refused}, by which Sidestep runs the job and finds it again`,
    'Remove it. The image is made of the docker settings of the step.',
  )
}

/** What of the variables is changed that is not the patch's. Anything but an object would replace all of them. */
function variableIn(variables: unknown): string | undefined {
  if (variables === undefined) return undefined
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) return 'Environment'
  const own = Object.keys(variables).find((name) => name.startsWith('SIDESTEP_'))
  return own === undefined ? undefined : `Environment.${own}`
}

/** To remove what it is in changes it, too. */
function hasMember(value: unknown, [first = '', ...rest]: readonly string[]): boolean {
  if (value === null) return true
  if (typeof value !== 'object' || !Object.hasOwn(value, first)) return false
  return rest.length === 0 || hasMember((value as JsonObject)[first], rest)
}
