import { formatBytes, SidestepError, tryOut, type ComponentFinding, type DiagnoseOptions } from '@sidestep/core'

import type { EngineInfo } from './container.ts'
import { EngineError, type EngineClient } from './engine-client.ts'
import { factsOf } from './engine-facts.ts'

/** Whether the engine answers, which one it is, and what it says about GPUs. Nothing is made there. */
export async function diagnoseEngine(
  client: EngineClient,
  host: string,
  options: DiagnoseOptions,
): Promise<readonly ComponentFinding[]> {
  let info: EngineInfo | undefined
  const engine = await tryOut(`asking the engine ${host}`, options, async () => {
    info = await infoOf(client, host, options)
    return { state: 'ok', found: describe(info, host) }
  })
  return info === undefined ? [engine] : [engine, gpuFinding(info)]
}

async function infoOf(client: EngineClient, host: string, { signal }: DiagnoseOptions): Promise<EngineInfo> {
  try {
    return (await client.call<EngineInfo>('GET', '/info', { signal })).body
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    throw new SidestepError(`the engine ${host} answers with status ${error.status}: ${error.message}`, {
      code: 'LAUNCH_FAILED',
      kind: 'infra',
      hint: 'Its own log says more: `journalctl -u docker`, where systemd runs it.',
      cause: error,
    })
  }
}

function describe(info: EngineInfo, host: string): string {
  const { platform, cpuCount, memoryBytes, isPodman } = factsOf(info, { host })
  const name = `${isPodman ? 'Podman' : 'Docker'} ${info.ServerVersion ?? 'of an unknown version'}`
  return `${name}, ${platform}, ${cpuCount} processors, ${formatBytes(memoryBytes)} of memory`
}

/** It depends on the steps whether any is needed, so that none is no problem by itself. Pure. */
function gpuFinding(info: EngineInfo): ComponentFinding {
  const tried = 'what it says about GPUs'
  if (info.BuildahVersion !== undefined) {
    return { tried, state: 'ok', found: 'Podman gives none to containers that are made by the API of Docker' }
  }
  const devices = (info.DiscoveredDevices ?? []).map(({ ID }) => ID)
  if (devices.length > 0) return { tried, state: 'ok', found: `it has the devices ${devices.join(', ')}` }
  const hasRuntime = Object.keys(info.Runtimes ?? {}).includes('nvidia')
  return {
    tried,
    state: 'ok',
    found: hasRuntime
      ? 'it has the NVIDIA container toolkit'
      : 'it tells of none: a step that asks for one needs the NVIDIA container toolkit on its machine',
  }
}
