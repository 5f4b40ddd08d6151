import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

import type { LogWriter } from './log-writer.ts'
import type { Stop } from './stop.ts'

/** Output that processes of the step's own still hold open after its end is waited for this long. */
const DRAIN_MS = 1_000

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
 * Runs a child to its end, with its output going to the logs. A stop is handed on as SIGTERM, and after the grace as
 * SIGKILL.
 */
export async function runChild(options: RunChildOptions): Promise<ChildExit> {
  const { program, args, environment, folder, logs, stop, graceMs, onStart, ipc = false } = options
  const child = spawn(program, args, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    serialization: 'advanced',
  } satisfies SpawnOptions)
  const exited = exitOf(child, ipc)
  onStart?.(child)
  const output = Promise.all([copy(child.stdout, 'stdout', logs), copy(child.stderr, 'stderr', logs)])
  const stopped = stop.requested.then(() => end(child, exited, graceMs))
  // A log that cannot be written ends the step: nobody could see what it does.
  const failed = output.then(
    () => exited,
    async (error: unknown) => {
      await end(child, exited, 0)
      throw error
    },
  )
  const exit = await Promise.race([exited, failed])
  const drained = await Promise.race([output.then(() => true), sleep(DRAIN_MS, false, { ref: false })])
  if (!drained) for (const stream of [child.stdout, child.stderr]) stream?.destroy()
  await output
  if (stop.received !== undefined) await stopped
  return exit
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

async function copy(stream: Readable | null, name: 'stdout' | 'stderr', logs: LogWriter): Promise<void> {
  if (stream === null) return
  try {
    for await (const chunk of stream) await logs.write(name, chunk as Buffer)
  } catch (error) {
    // Destroyed after the drain: what a process left behind would print is nobody's any more.
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error
  }
}

async function end(child: ChildProcess, exited: Promise<unknown>, graceMs: number): Promise<void> {
  if (child.pid === undefined) return
  child.kill('SIGTERM')
  const inTime = await Promise.race([exited.then(() => true), sleep(graceMs, false, { ref: false })])
  if (!inTime) child.kill('SIGKILL')
  await exited
}
