import { NODE_BASE } from './addresses.ts'
import { docker } from './docker.ts'
import { unavailable } from './unavailable.ts'

/**
 * Why no container can run here. `undefined`: an engine answers, and holds `NODE_BASE`. A module that imports it throws instead
 * where `SIDESTEP_CONTAINERS` is `required`.
 */
export const noEngine: string | undefined = unavailable(await whyNot())

async function whyNot(): Promise<string | undefined> {
  try {
    await docker(['pull', '-q', NODE_BASE], { timeoutMs: 60_000 })
    return undefined
  } catch (error) {
    const { code, killed, stderr = '' } = error as { code?: unknown; killed?: boolean; stderr?: string }
    if (code === 'ENOENT') return 'docker is not in PATH'
    if (killed === true) return `docker pull ${NODE_BASE} does not end`
    return `docker pull ${NODE_BASE} fails: ${stderr.trim().split('\n').at(-1) ?? ''}`
  }
}
