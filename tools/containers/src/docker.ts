import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** How Docker's client is run. */
export interface DockerOptions {
  /** The engine, `unix:///…`. Default: the one that the client uses by itself. */
  readonly host?: string
  /** Default: none. */
  readonly timeoutMs?: number
}

/** What Docker's client prints, without space at its ends. Rejects with what it says on its standard error. */
export async function docker(args: readonly string[], { host, timeoutMs = 0 }: DockerOptions = {}): Promise<string> {
  const { stdout } = await run('docker', [...(host === undefined ? [] : ['--host', host]), ...args], {
    timeout: timeoutMs,
    maxBuffer: 2 ** 26,
  })
  return stdout.trim()
}
