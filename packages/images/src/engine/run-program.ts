import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** Default of how long a program may take to end after it was told to. */
const GRACE_MS = 5_000

/** How long what a program has started may hold its outputs open after its end. */
const PIPES_MAY_STAY_MS = 1_000

/** Lines of its standard output that are kept. */
const KEPT_LINES = 500

/** A program and what it is run with. */
export interface ProgramCall {
  readonly program: string
  readonly args: readonly string[]
  /** All of its variables. */
  readonly environment: NodeJS.ProcessEnv
}

/** How it ended. */
export interface ProgramResult {
  /** `null`: a signal that was not ours ended it. */
  readonly code: number | null
  /** The last 500 lines of its standard output. */
  readonly output: string
}

/** Who waits for it. */
export interface RunProgramOptions {
  readonly signal: AbortSignal
  /** Gets every line of both outputs, as it comes. */
  readonly onLine?: (line: string) => void
  /** How long it may take to end after the signal told it to; then it is killed. Default: 5000 ms. */
  readonly graceMs?: number
}

/**
 * Runs a program to its end, without a shell. Rejects where it cannot be started, and, after it has ended, with the
 * signal's reason where that aborts.
 */
export async function runProgram(
  { program, args, environment }: ProgramCall,
  { signal, onLine = () => {}, graceMs = GRACE_MS }: RunProgramOptions,
): Promise<ProgramResult> {
  signal.throwIfAborted()
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const read = (stream: Readable, take: (line: string) => void): Promise<unknown> => {
    const reader = createInterface({ input: stream, crlfDelay: Infinity }).on('line', take)
    return once(reader, 'close')
  }
  const ended = Promise.all([
    read(child.stdout, (line) => {
      lines.push(line)
      if (lines.length > 2 * KEPT_LINES) lines.splice(0, KEPT_LINES)
      onLine(line)
    }),
    read(child.stderr, onLine),
  ])
  let killer: NodeJS.Timeout | undefined
  // The client cancels the build in its engine when it is told to end.
  const end = (): void => {
    child.kill('SIGTERM')
    killer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  }
  signal.addEventListener('abort', end, { once: true })
  try {
    const [code] = (await once(child, 'exit')) as [number | null]
    // A plugin of the client may live on and hold them.
    await Promise.race([ended, sleep(PIPES_MAY_STAY_MS, undefined, { ref: false })])
    signal.throwIfAborted()
    return { code, output: lines.slice(-KEPT_LINES).join('\n') }
  } finally {
    signal.removeEventListener('abort', end)
    clearTimeout(killer)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}
