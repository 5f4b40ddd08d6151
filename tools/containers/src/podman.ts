import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { listens } from './listens.ts'
import { has } from './programs.ts'
import { unavailable } from './unavailable.ts'

/** Why `Podman` cannot work here. `undefined`: it can. Importing it throws where `SIDESTEP_CONTAINERS` is `required`. */
export const noPodman: string | undefined = unavailable(whyNot())

/** Its limits are those that a machine within a machine may set. */
const CONFIG = `[containers]
default_ulimits = []
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
`

/** Podman with containers and images of its own. */
export class Podman implements AsyncDisposable {
  /** The path of its client. */
  readonly program: string
  readonly #folder: string
  #stopService: (() => Promise<void>) | undefined

  private constructor(folder: string) {
    this.#folder = folder
    this.program = join(folder, 'podman')
  }

  static async prepare(): Promise<Podman> {
    const folder = await mkdtemp(join(tmpdir(), 'sidestep-podman-'))
    const podman = new Podman(folder)
    await writeFile(join(folder, 'containers.conf'), CONFIG)
    const script = `#!/bin/sh
export CONTAINERS_CONF=${folder}/containers.conf
exec podman --root ${folder}/root --runroot ${folder}/run --tmpdir ${folder}/tmp --runtime runc "$@"
`
    await writeFile(podman.program, script, { mode: 0o755 })
    return podman
  }

  /** Starts its service, which speaks as Docker's engine does. Resolves to where: `unix://…`. */
  async startService(): Promise<string> {
    const socketPath = join(this.#folder, 'podman.sock')
    const host = `unix://${socketPath}`
    const service = spawn(this.program, ['system', 'service', '--time', '0', host], { stdio: 'ignore' })
    const ended = once(service, 'exit')
    this.#stopService = async () => {
      service.kill('SIGTERM')
      await ended
    }
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await setTimeout(50)) {
      if (service.exitCode !== null) throw new Error(`podman system service ended with ${service.exitCode}`)
      if (await listens(socketPath)) return host
    }
    throw new Error('podman system service does not listen within 30 s')
  }

  /** Ends its service, and removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopService?.()
    execFileSync(this.program, ['system', 'reset', '--force'], { stdio: 'ignore' })
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'containers and images of its own need root'
  const missing = ['podman', 'runc'].filter((program) => !has(program))
  return missing.length === 0 ? undefined : `${missing.join(' and ')}: not in PATH`
}
