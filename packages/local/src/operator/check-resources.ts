import { configError, formatBytes, parseMemory, type ResourceSettings } from '@sidestep/core'

import type { MachineSize } from './machine-size.ts'

/** Throws where a step asks for more than the machine has. */
export function checkResources(resources: ResourceSettings, machine: MachineSize, stepName: string): void {
  const { cpuCount, memory, gpuCount, gpuType, instanceCount } = resources
  const refused = [
    cpuCount !== undefined && cpuCount > machine.cpuCount
      ? `cpuCount: ${cpuCount}, and there are ${machine.cpuCount}`
      : [],
    memory !== undefined && parseMemory(memory, 'resources.memory') > machine.memoryBytes
      ? `memory: '${memory}', and there are ${formatBytes(machine.memoryBytes)}`
      : [],
    (gpuCount ?? 0) > 0 ? `gpuCount: ${gpuCount}, and local jobs get no GPU` : [],
    gpuType !== undefined ? `gpuType: '${gpuType}', and local jobs get no GPU` : [],
    (instanceCount ?? 1) > 1 ? `instanceCount: ${instanceCount}, and this is one machine` : [],
  ].flat()
  if (refused.length === 0) return
  throw configError(
    'RESOURCES_UNAVAILABLE',
    `the step ${stepName} asks for more than this machine has: ${refused.join('; ')}`,
    `Ask for less, use a step operator that has it, or let this one ignore it: local({ resources: 'ignore' }), or for one in sidestep.yaml \`sidestep step-operator update NAME --resources ignore\`.`,
  )
}
