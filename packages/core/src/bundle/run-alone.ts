import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

export interface RunAloneOptions {
  readonly cwd: string
  /** In addition to what every job gets. */
  readonly environment: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

export interface Finished {
  /** The end of it. */
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | undefined
  readonly killedBy: string | undefined
  readonly timedOut: boolean
}

const STDOUT_KEPT = 1024 * 1024
const STDERR_KEPT = 8 * 1024
const PIPES_MAY_STAY_MS = 1_000

/** Runs a command with nothing of this process's environment but what a job would have, and without input. */
export async function runAlone(
  [program = '', ...args]: readonly string[],
  options: RunAloneOptions,
): Promise<Finished> {
  const { cwd, environment, signal, timeoutMs } = options
  signal.throwIfAborted()
  const child = spawn(program, args, {
    cwd,
    env: { ...allowedEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stdout = keepEnd(child.stdout, STDOUT_KEPT)
  const stderr = keepEnd(child.stderr, STDERR_KEPT)
  let timedOut = false
  const kill = (): void => void child.kill('SIGKILL')
  const timer = setTimeout(() => {
    timedOut = true
    kill()
  }, timeoutMs)
  signal.addEventListener('abort', kill, { once: true })
  try {
    const closed = new Promise((resolve) => {
      child.once('close', resolve)
    })
    const [exitCode, killedBy] = (await once(child, 'exit')) as [number | null, string | null]
    signal.throwIfAborted()
    // A process that the module has left behind may hold the pipes open for ever.
    await Promise.race([closed, sleep(PIPES_MAY_STAY_MS, undefined, { ref: false })])
    return {
      stdout: stdout(),
      stderr: stderr(),
      exitCode: exitCode ?? undefined,
      killedBy: killedBy ?? undefined,
      timedOut,
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

function allowedEnvironment(): NodeJS.ProcessEnv {
  const allowed = /^(?:PATH|HOME|TMPDIR|LANG|LC_\w+|TZ)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => allowed.test(name)))
}

/** Reads a stream to its end and gives the last `limit` characters of what has come. */
function keepEnd(stream: Readable, limit: number): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-limit)
  })
  return () => text
}
