import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

import { copyOutput } from './copy-output.ts'
import type { LogWriter } from './log-writer.ts'
import type { Stop } from './stop.ts'

/**
 * How much later than its child's end this process may hear of the stop that caused it, in milliseconds: where a whole group is signalled
 * on a busy machine, another thread may take the news of the child's end while the main one still waits for a processor.
 */
const STOP_LAG_MS = 250
/** Exit codes of programs that end by SIGINT and SIGTERM. */
const STOPPED_CODES: readonly (number | null)[] = [130, 143]

export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Where the program could not be started at all. */
  readonly startError?: Error
}

export interface RunChildOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  readonly logs: LogWriter
  readonly stop: Stop
  readonly graceMs: number
  /** Called at once with the started process, to listen on its IPC channel. */
  readonly onStart?: (child: ChildProcess) => void
  readonly ipc?: boolean
}

/**
 * Runs a child to its end, with its output going to the logs. A stop is handed on as SIGTERM where the child does not
 * hear it itself (many programs take a second one as "now"), and after the grace as SIGKILL.
 */
export async function runChild(options: RunChildOptions): Promise<ChildExit> {
  const { logs, stop, graceMs, onStart, ipc = false } = options
  // A stop that came before the child was there did not reach it.
  const hearsStop = stop.reachesGroup && stop.received === undefined
  const child = start(options)
  if (child instanceof Error) return { code: null, signal: null, startError: child }
  const exited = exitOf(child, ipc)
  onStart?.(child)
  const output = Promise.all([
    copyOutput(child.stdout, (chunk) => logs.write('stdout', chunk), exited),
    copyOutput(child.stderr, (chunk) => logs.write('stderr', chunk), exited),
  ])
  const stopped = stop.requested.then(() => end(child, exited, { graceMs, tell: !hearsStop }))
  // A log that cannot be written ends the step: nobody could see what it does.
  const failed = output.then(
    () => exited,
    async (error: unknown) => {
      await end(child, exited, { graceMs: 0, tell: true })
      throw error
    },
  )
  const exit = await Promise.race([exited, failed])
  await output
  if (looksStopped(exit)) await Promise.race([stop.requested, sleep(STOP_LAG_MS)])
  if (stop.received !== undefined) await stopped
  return exit
}

function looksStopped({ code, signal }: ChildExit): boolean {
  return signal === 'SIGTERM' || signal === 'SIGINT' || STOPPED_CODES.includes(code)
}

type PipedChild = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable }

/** Some of what keeps a program from starting is thrown, the rest comes as an event. */
function start({ program, args, environment, folder, ipc = false }: RunChildOptions): PipedChild | Error {
  try {
    return spawn(program, args, {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
      serialization: 'advanced',
    } satisfies SpawnOptions) as PipedChild
  } catch (error) {
    return error as Error
  }
}

async function exitOf(child: ChildProcess, ipc: boolean): Promise<ChildExit> {
  // What a child said last is often read only after its end.
  const disconnected = ipc ? once(child, 'disconnect') : undefined
  disconnected?.catch(() => undefined)
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    await disconnected
    return { code, signal }
  } catch (error) {
    return { code: null, signal: null, startError: error as Error }
  }
}

async function end(
  child: ChildProcess,
  exited: Promise<unknown>,
  { graceMs, tell }: { readonly graceMs: number; readonly tell: boolean },
): Promise<void> {
  if (child.pid === undefined) return
  if (tell) child.kill('SIGTERM')
  const inTime = await Promise.race([exited.then(() => true), sleep(graceMs, false, { ref: false })])
  if (!inTime) child.kill('SIGKILL')
  await exited
}
