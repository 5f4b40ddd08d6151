import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { call } from './call.ts'

const PROGRAM = '/usr/bin/docker-registry'

/** Why it cannot be started here; `undefined`: it can. */
export const noDockerRegistry: string | undefined = existsSync(PROGRAM)
  ? undefined
  : `${PROGRAM} is not installed (Debian: apt-get install docker-registry)`

export interface RunningRegistry {
  /** `127.0.0.1:41233`. */
  readonly host: string
  [Symbol.asyncDispose](): Promise<void>
}

/** The password `secret` of `ann`, as htpasswd keeps it. */
const HTPASSWD = 'ann:$2y$04$wdTR7TNNPeWOlThtK0l90.fbZ3dT8L.D7te3nQ6Cbkm6Sgd81d17m\n'

/** Debian's registry on a free port, with a folder of its own. `auth`: it asks for `ann` and `secret`. */
export async function startDockerRegistry({ auth = false } = {}): Promise<RunningRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const config = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: host, secret: 'test' },
    ...(auth && { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } }),
  }
  await writeFile(join(folder, 'htpasswd'), HTPASSWD)
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
  const registry = spawn(PROGRAM, ['serve', join(folder, 'config.yml')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let told = ''
  registry.stderr.setEncoding('utf8').on('data', (text: string) => (told += text))
  const ended = once(registry, 'close')
  const close = async (): Promise<void> => {
    registry.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const deadline = Date.now() + 10_000
  for (;;) {
    const isUp = await call(`http://${host}/v2/`).then(
      () => true,
      () => false,
    )
    if (isUp) return { host, [Symbol.asyncDispose]: close }
    if (registry.exitCode !== null || Date.now() > deadline) {
      await close()
      throw new Error(`docker-registry did not come up: ${told}`)
    }
    await setTimeout(20)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
