import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** How a program is run. */
export interface RunProgramOptions {
  readonly cwd: string
  /** Beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A program that has ended well. */
export interface EndedProgram {
  readonly stdout: string
  /** From its start to its end. */
  readonly ms: number
}

/** Runs a program, and waits without blocking this process. Rejects with what it wrote where it fails. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { cwd, environment = {} }: RunProgramOptions,
): Promise<EndedProgram> {
  const began = performance.now()
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, string | null]>,
  ])
  const ms = performance.now() - began
  if (code === 0) return { stdout, ms }
  const end = `${stdout}\n${stderr}`.trim().slice(-2_000)
  throw new Error(`${[command, ...args].join(' ')} ended with ${code ?? signal}:\n${end}`)
}
