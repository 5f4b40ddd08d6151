import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export const BIN: string = fileURLToPath(new URL('../../src/bin.ts', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** What came to stderr until now. */
  stderr(): string
}

export interface SidestepOptions {
  readonly cwd: string
  readonly environment?: Readonly<Record<string, string>>
  /** Text for stdin. */
  readonly input?: string
}

/** The variables of a plain shell: nothing of the test runner's own, but which packages Node.js uses and where it keeps what it has compiled. */
export function shellEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE, NODE_OPTIONS } = process.env
  return {
    PATH,
    HOME,
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
    ...(NODE_OPTIONS === undefined ? {} : { NODE_OPTIONS }),
    ...more,
  }
}

/** Starts the real command line from source. */
export function startSidestep(args: readonly string[], { cwd, environment, input = '' }: SidestepOptions): Started {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: shellEnvironment(environment) })
  let seen = ''
  child.stderr.on('data', (chunk: Buffer) => (seen += chunk.toString()))
  child.stdin.end(input)
  const finished = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]) => ({ code: code as number | null, stdout, stderr }),
  )
  return { child, finished, stderr: () => seen }
}

/** Runs the real command line from source to its end. */
export function sidestep(args: readonly string[], options: SidestepOptions): Promise<Finished> {
  return startSidestep(args, options).finished
}

const COMMAND_LINES = fileURLToPath(new URL('../fixtures/command-lines.ts', import.meta.url))

/**
 * Runs command lines one after the other in one process: most of the time of a test is that of the start of Node. Only
 * for those that leave nothing behind in their process: a module is loaded once, and the environment is the same.
 */
export async function sidestepEach(
  lines: readonly (readonly string[])[],
  { cwd, environment }: Omit<SidestepOptions, 'input'>,
): Promise<readonly Finished[]> {
  const mark = `\n--- ${randomUUID()} ---\n`
  const child = spawn(process.execPath, [COMMAND_LINES, mark], { cwd, env: shellEnvironment(environment) })
  child.stdin.end(JSON.stringify(lines))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [printed, said] = [stdout.split(mark), stderr.split(mark)]
  if (said.length !== lines.length + 1) throw new Error(`ended after ${said.length - 1} command lines: ${stderr}`)
  return lines.map((_, index) => ({
    stdout: printed[2 * index] ?? '',
    code: Number(printed[2 * index + 1]),
    stderr: said[index] ?? '',
  }))
}
