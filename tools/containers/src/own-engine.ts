import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { makeCertificates } from './certificates.ts'
import { docker } from './docker.ts'
import { engineAnswers, unmountAll } from './engine.ts'
import { has } from './programs.ts'
import { unavailable } from './unavailable.ts'

/** Why there can be no engine of its own here. `undefined`: there can. Importing it throws where `SIDESTEP_CONTAINERS` is `required`. */
export const noOwnEngine: string | undefined = unavailable(whyNot())

/** How an engine is started. */
export interface OwnEngineOptions {
  /** Whether it listens on a port, too, for those who have a certificate. Default: no. */
  readonly tls?: boolean
}

/** An engine beside that of the machine, with files and a network of its own: it can be killed. */
export class OwnEngine implements AsyncDisposable {
  /** Where its files lie; with `tls` those of a client's certificate, too: `ca.pem`, `cert.pem`, `key.pem`. */
  readonly folder: string
  /** `unix://…` */
  readonly host: string
  /** `tcp://…`, with `tls`. */
  readonly tlsHost: string
  readonly #id: string
  readonly #tls: boolean
  #process: ChildProcess | undefined

  private constructor(folder: string, tls: boolean) {
    this.folder = folder
    this.#id = randomBytes(4).toString('hex')
    this.#tls = tls
    this.host = `unix://${join(folder, 'docker.sock')}`
    this.tlsHost = `tcp://169.254.${randomInt(1, 255)}.${4 * randomInt(0, 64) + 2}:2376`
  }

  /** Without containers and images. Rejects with the end of its log where it does not come up. */
  static async start({ tls = false }: OwnEngineOptions = {}): Promise<OwnEngine> {
    const engine = new OwnEngine(await mkdtemp(join(tmpdir(), 'sidestep-engine-')), tls)
    try {
      engine.#makeNetwork()
      if (tls) await makeCertificates(engine.folder, new URL(engine.tlsHost).hostname)
      await engine.start()
      return engine
    } catch (error) {
      await engine[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Starts it, once more. */
  async start(): Promise<void> {
    // Where the first process of a machine reaps nobody, a dead containerd looks as if it were alive, and the engine waits
    // for it in vain: then it is started once more.
    for (let attempts = 5; ; attempts -= 1) {
      await rm(join(this.folder, 'exec', 'containerd', 'containerd.pid'), { force: true })
      const started = this.#spawn()
      this.#process = started
      for (const deadline = Date.now() + 60_000; Date.now() < deadline && !hasEnded(started); await setTimeout(50)) {
        if (await engineAnswers({ host: this.host })) return
      }
      await this.kill('SIGKILL')
      if (attempts > 1) continue
      const lines = (await readFile(join(this.folder, 'log'), 'utf8')).trim().split('\n').slice(-20)
      throw new Error(`the engine does not come up:\n${lines.join('\n')}`)
    }
  }

  /** Resolves when the process has ended. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const process = this.#process
    if (process === undefined || hasEnded(process)) return
    const ended = once(process, 'exit')
    process.kill(signal)
    await ended
  }

  /** Gives it an image of the machine's engine. Resolves to the image's id. */
  async load(image: string): Promise<string> {
    execFileSync('sh', ['-c', 'docker save "$0" | docker --host "$1" load', image, this.host], { stdio: 'pipe' })
    return docker(['inspect', '--format', '{{.Id}}', image])
  }

  /** Ends it and removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGTERM')
    ip('netns', 'del', this.#namespace)
    await unmountAll(this.folder)
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  get #namespace(): string {
    return `sidestep-${this.#id}`
  }

  /** Without a network of its own it would take the bridge of the machine's engine away. */
  #makeNetwork(): void {
    ip('netns', 'add', this.#namespace)
    if (!this.#tls) return
    const near = `s${this.#id}`
    const [, net = '', number] = /^tcp:\/\/(.+)\.(\d+):/u.exec(this.tlsHost) ?? []
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.#namespace)
    ip('addr', 'add', `${net}.${Number(number) - 1}/30`, 'dev', near)
    ip('link', 'set', near, 'up')
    ip('-n', this.#namespace, 'addr', 'add', `${net}.${number}/30`, 'dev', 'eth0')
    ip('-n', this.#namespace, 'link', 'set', 'eth0', 'up')
  }

  #spawn(): ChildProcess {
    const { folder } = this
    const options = {
      host: this.host,
      'data-root': join(folder, 'data'),
      'exec-root': join(folder, 'exec'),
      pidfile: join(folder, 'pid'),
      bridge: 'none',
      ...(this.#tls && {
        tlscacert: join(folder, 'ca.pem'),
        tlscert: join(folder, 'server.pem'),
        tlskey: join(folder, 'server-key.pem'),
      }),
    }
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
    if (this.#tls) args.push('--host', this.tlsHost, '--tlsverify')
    const log = openSync(join(folder, 'log'), 'a')
    const command = [`--net=/run/netns/${this.#namespace}`, 'dockerd', ...args, '--iptables=false']
    const started = spawn('nsenter', command, { stdio: ['ignore', log, log] })
    closeSync(log)
    return started
  }
}

function hasEnded(process: ChildProcess): boolean {
  return process.exitCode !== null || process.signalCode !== null
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' })
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'an engine of its own needs root'
  const missing = ['dockerd', 'ip', 'nsenter', 'openssl'].filter((program) => !has(program))
  return missing.length === 0 ? undefined : `${missing.join(' and ')}: not in PATH`
}
