import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Socket } from 'node:net'
import { Duplex, type Readable, type Writable } from 'node:stream'

/**
 * A connection to an engine's socket through a command on the other machine, as the Docker client has it. It may be kept and
 * used again: while it is idle, it keeps no process alive.
 */
export class SshConnection extends Duplex {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>

  /** @param args Of `ssh`, without the command. */
  constructor(args: readonly string[]) {
    super()
    const child = spawn('ssh', [...args, 'docker', 'system', 'dial-stdio'], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child = child
    const said: Buffer[] = []
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause()
    })
    // What the command says at its end tells why nothing can be written any more.
    child.stdin.on('error', () => {})
    child.once('error', (error) => this.destroy(error))
    child.once('exit', (code) => {
      if (code === 0) return
      child.once('close', () => {
        const why = Buffer.concat(said).toString().trim()
        this.destroy(new Error(`ssh: ${why === '' ? `exit code ${code}` : why}`))
      })
    })
    child.stdout.once('end', () => {
      const end = (): boolean => this.push(null)
      if (child.exitCode === 0) end()
      else child.once('exit', (code) => code === 0 && end())
    })
  }

  override _read(): void {
    this.#child.stdout.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#child.stdin.write(chunk, () => done())
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done())
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill()
    done(error)
  }

  /** For Node.js' agents, which take it for a socket. Requests have time limits of their own. */
  setTimeout(): this {
    return this
  }

  /** As {@link setTimeout}. */
  setKeepAlive(): this {
    return this
  }

  /** As {@link setTimeout}. */
  setNoDelay(): this {
    return this
  }

  /** The process waits for it again. */
  ref(): this {
    this.#child.ref()
    for (const socket of this.#sockets()) socket.ref()
    return this
  }

  /** The process may end while it is open, which ends the command. */
  unref(): this {
    this.#child.unref()
    for (const socket of this.#sockets()) socket.unref()
    return this
  }

  #sockets(): readonly Socket[] {
    const { stdin, stdout, stderr } = this.#child
    return [stdin, stdout, stderr] as unknown as readonly Socket[]
  }
}
