import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import type { JobFolder } from '../job/job-folder.ts'
import type { BoundedLog } from './bounded-log.ts'
import { PARENT_FD } from './job-environment.ts'

export interface CommandExit {
  readonly exitCode?: number
  readonly signal?: string
  /** Where the program could not be started at all. */
  readonly startError?: Error
}

/** A command that was started, in a process group of its own. */
export interface RunningCommand {
  /** Absent where it could not be started. */
  readonly pid: number | undefined
  readonly exited: Promise<CommandExit>
  /** Closes the pipes, once what is in them has been read. */
  readonly drain: () => Promise<void>
}

/** Pipes that somebody still holds open although everything was killed are not waited for longer. */
const DRAIN_MS = 1_000

/** Starts the command of a job in its working directory. It sees its supervisor's end on {@link PARENT_FD}. */
export function startCommand(
  command: readonly string[],
  options: { readonly folder: JobFolder; readonly environment: Record<string, string>; readonly log: BoundedLog },
): RunningCommand {
  const { folder, environment, log } = options
  const [program = '', ...args] = command
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: folder.work,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close').catch(() => undefined)
  const exited = exitOf(child)
  for (const output of [child.stdout, child.stderr]) output?.on('data', (chunk: Buffer) => log.append(chunk))
  // Nothing is said on this pipe: the kernel closes it when the supervisor is gone.
  const parentPipe = child.stdio[PARENT_FD]
  parentPipe?.on('error', () => undefined)
  return {
    pid: child.pid,
    exited,
    drain: async () => {
      await Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })])
      for (const stream of [child.stdout, child.stderr, parentPipe]) stream?.destroy()
    },
  }
}

async function exitOf(child: ChildProcess): Promise<CommandExit> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return { ...(code === null ? {} : { exitCode: code }), ...(signal === null ? {} : { signal }) }
  } catch (error) {
    return { startError: error as Error }
  }
}
