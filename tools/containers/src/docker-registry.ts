import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { parseAccessLog, type LoggedRequest } from './access-log.ts'
import { freePort } from './free-port.ts'
import { registryConfig } from './registry-config.ts'
import { unavailable } from './unavailable.ts'

export type { LoggedRequest } from './access-log.ts'

const PROGRAM = '/usr/bin/docker-registry'

/** Why `startDockerRegistry` cannot work here. `undefined`: it can. Importing it throws where `SIDESTEP_CONTAINERS` is `required`. */
export const noDockerRegistry: string | undefined = unavailable(
  existsSync(PROGRAM) ? undefined : `${PROGRAM} is not installed (Debian: apt-get install docker-registry)`,
)

/** A registry that runs until it is disposed of. */
export interface StartedRegistry extends AsyncDisposable {
  /** `127.0.0.1:41233` */
  readonly host: string
  /** What it was asked so far, oldest first. Throws if it keeps no log. */
  requests(): Promise<readonly LoggedRequest[]>
}

/** How the registry is set up. */
export interface RegistryOptions {
  /** It asks for the user `ann` and the password `secret`. Default: it asks for nobody. */
  readonly auth?: boolean
  /** It keeps a log of requests. Default: no. */
  readonly log?: boolean
}

/** The password `secret` of `ann`, as htpasswd keeps it. */
const HTPASSWD = 'ann:$2y$04$wdTR7TNNPeWOlThtK0l90.fbZ3dT8L.D7te3nQ6Cbkm6Sgd81d17m\n'

/** Debian's registry on a free port, with a folder of its own. Manifests can be deleted in it. */
export async function startDockerRegistry({
  auth = false,
  log = false,
}: RegistryOptions = {}): Promise<StartedRegistry> {
  for (let attempts = 3; ; attempts -= 1) {
    const started = await tryToStart(auth, log)
    if ('host' in started) return started
    // Between the choice of a port and its use, another process may have taken it.
    if (attempts === 1 || !started.told.includes('address already in use')) {
      throw new Error(`docker-registry did not come up: ${started.told}`)
    }
  }
}

async function tryToStart(auth: boolean, log: boolean): Promise<StartedRegistry | { readonly told: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const passwords = join(folder, 'htpasswd')
  await writeFile(passwords, HTPASSWD)
  const config = registryConfig({ host, folder: join(folder, 'data'), log, ...(auth && { passwords }) })
  await writeFile(join(folder, 'config.yml'), config)

  const registry = spawn(PROGRAM, ['serve', join(folder, 'config.yml')], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(registry, 'close')
  const killNow = (): void => void registry.kill('SIGKILL')
  process.once('exit', killNow)
  const close = async (): Promise<void> => {
    process.off('exit', killNow)
    registry.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  let asked = ''
  let told = ''
  registry.stdout.setEncoding('utf8').on('data', (text: string) => (asked += text))
  registry.stderr.setEncoding('utf8').on('data', (text: string) => (told += text))
  if (!(await answers(host, registry))) {
    await close()
    return { told }
  }
  const requests = async (): Promise<readonly LoggedRequest[]> => {
    if (!log) throw new Error('the registry keeps no log: start it with { log: true }')
    return logged(host, () => parseAccessLog(asked))
  }
  return { host, requests, [Symbol.asyncDispose]: close }
}

/** Whether it comes up within 10 s. */
async function answers(host: string, registry: ChildProcess): Promise<boolean> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline && registry.exitCode === null;) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined)
    if (answer !== undefined) return registry.exitCode === null
    await setTimeout(20)
  }
  return false
}

/** A line is written after the answer was sent: when that of a last request is there, those before it are too. */
async function logged(host: string, read: () => readonly LoggedRequest[]): Promise<readonly LoggedRequest[]> {
  const mark = `/v2/?mark=${performance.now()}`
  await fetch(`http://${host}${mark}`)
  for (const deadline = Date.now() + 5000; Date.now() < deadline; await setTimeout(5)) {
    const all = read()
    if (all.some(({ path }) => path === mark)) return all.filter(({ path }) => !/^\/v2\/(?:\?mark=.*)?$/u.test(path))
  }
  throw new Error('docker-registry did not write its log')
}
