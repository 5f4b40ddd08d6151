import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { freePort } from './free-port.ts'
import { NotHere } from './not-here.ts'
import { has } from './programs.ts'
import { registryConfig } from './registry-config.ts'
import { startService } from './service.ts'
import type { Settings } from './settings.ts'

/** Starts a registry where none answers. Resolves to its address. */
export async function ensureRegistry({ state, registry, chosen }: Settings): Promise<string> {
  const status = await statusOf(registry)
  if (status === 200) return registry
  // Its package may have started one that asks for a login.
  if (status !== undefined && chosen) throw new Error(`${registry} is no open registry: GET /v2/ answers ${status}`)
  const host = status === undefined ? registry : `127.0.0.1:${await freePort()}`
  if (!has('docker-registry')) throw new NotHere(`no registry answers on ${host}, and docker-registry is not installed`)
  const config = join(state, 'registry.yml')
  await writeFile(config, registryConfig({ host, folder: join(state, 'registry'), log: false }))
  await startService(state, {
    name: 'docker-registry',
    command: ['docker-registry', 'serve', config],
    answers: async () => (await statusOf(host)) === 200,
    timeoutMs: 20_000,
  })
  return host
}

/** The status that `/v2/` answers with; 0: whatever listens does not speak HTTP. `undefined`: nothing listens. */
async function statusOf(host: string): Promise<number | undefined> {
  try {
    return (await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(5000) })).status
  } catch (error) {
    const cause = (error as { cause?: { code?: unknown } }).cause
    return cause?.code === 'ECONNREFUSED' ? undefined : 0
  }
}
