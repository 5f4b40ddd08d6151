import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** How long a program may take to end after it was told to. */
const GRACE_MS = 5_000

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
  /** All that went to its standard output. */
  readonly output: string
}

/**
 * Runs a program to its end, without a shell. Rejects where it cannot be started, and, after it has ended, with the
 * signal's reason where that aborts. Lines of both outputs go to `onLine` as they come.
 */
export async function runProgram(
  { program, args, environment }: ProgramCall,
  { signal, onLine = () => {} }: { readonly signal: AbortSignal; readonly onLine?: (line: string) => void },
): Promise<ProgramResult> {
  signal.throwIfAborted()
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const read = (stream: Readable, take: (line: string) => void): void => {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', take)
  }
  read(child.stdout, (line) => {
    lines.push(line)
    onLine(line)
  })
  read(child.stderr, onLine)
  let killer: NodeJS.Timeout | undefined
  // The client cancels the build in its engine when it is told to end.
  const end = (): void => {
    child.kill('SIGTERM')
    killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
  }
  signal.addEventListener('abort', end, { once: true })
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    signal.throwIfAborted()
    return { code, output: lines.join('\n') }
  } finally {
    signal.removeEventListener('abort', end)
    clearTimeout(killer)
  }
}
