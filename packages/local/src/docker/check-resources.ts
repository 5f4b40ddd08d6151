import { configError, formatBytes, parseMemory, type StepRunInfo } from '@sidestep/core'

import type { DockerStepSettings } from './docker-config.ts'
import { SMALL_MEMORY } from './container-state.ts'
import type { EngineFacts } from './engine-facts.ts'

/** The engine refuses less. */
const LEAST_MEMORY = 6 * 2 ** 20

/** Throws where a step asks for what the engine's machine does not have. Whether it has GPUs, the engine tells at the start. */
export function checkResources(
  { config, stepName }: Pick<StepRunInfo, 'config' | 'stepName'>,
  settings: DockerStepSettings,
  engine: EngineFacts,
): void {
  const { cpuCount, memory, gpuCount, gpuType, instanceCount } = config.resourceSettings
  const { platform } = config.dockerSettings
  const bytes = memory === undefined ? undefined : parseMemory(memory, 'resources.memory')
  const devices = settings.gpuDevices
  const wantsGpus = devices !== undefined || (gpuCount ?? 0) > 0
  if (bytes !== undefined && bytes < LEAST_MEMORY) {
    throw configError(
      'RESOURCES_UNAVAILABLE',
      `the step ${stepName} asks for memory: '${memory}', and a container has at least 6MiB`,
      `Ask for more: Node.js and a small step need some ${formatBytes(SMALL_MEMORY)}.`,
    )
  }
  const refused = [
    cpuCount !== undefined && cpuCount > engine.cpuCount
      ? `cpuCount: ${cpuCount}, and there are ${engine.cpuCount}`
      : [],
    bytes !== undefined && bytes > engine.memoryBytes
      ? `memory: '${memory}', and there are ${formatBytes(engine.memoryBytes)}`
      : [],
    gpuType === undefined ? [] : `gpuType: '${gpuType}', and an engine does not tell its GPUs' types`,
    (instanceCount ?? 1) > 1 ? `instanceCount: ${instanceCount}, and this is one machine` : [],
    // It would run the step without, and say nothing.
    wantsGpus && engine.isPodman ? 'GPUs, which Podman gives to no container that is made by the API of Docker' : [],
    devices !== undefined && gpuCount !== undefined && devices.length !== gpuCount
      ? `gpuCount: ${gpuCount}, and settings.gpuDevices names ${devices.length}`
      : [],
  ].flat()
  if (refused.length > 0) {
    throw configError(
      'RESOURCES_UNAVAILABLE',
      `the step ${stepName} asks for what the engine's machine does not have: ${refused.join('; ')}`,
      'Ask for less, or use a step operator that has it.',
    )
  }
  if (platform !== undefined && platform !== engine.platform) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} has docker.platform ${platform}, and the engine is ${engine.platform}`,
      'Remove it, or use a step operator that has such machines.',
    )
  }
}
