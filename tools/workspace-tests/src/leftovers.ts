import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process that should have ended. */
export interface Leftover {
  readonly pid: number
  /** Its command line, or in brackets its name where it has none. */
  readonly command: string
}

/** How long a process that is ending may take. */
const END_MS = 5_000
const POLL_MS = 100

/**
 * The processes that were started with `variable` (`NAME=value`) in their environment, but this one. One that has ended
 * and that nobody has asked for its end has no environment any more, and is none. Throws where there is no `/proc`.
 */
export function processesWith(variable: string): Leftover[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .filter((pid) => read(pid, 'environ').split('\0').includes(variable))
    .map((pid) => ({ pid, command: commandOf(pid) }))
}

/** Waits `endMs` for the processes that were started with `variable`, then kills those that are left and returns them. */
export async function endLeftovers(variable: string, endMs: number): Promise<Leftover[]> {
  const until = Date.now() + endMs
  let left = processesWith(variable)
  while (left.length > 0 && Date.now() < until) {
    await sleep(POLL_MS)
    left = processesWith(variable)
  }
  for (const { pid } of left) kill(pid)
  return left
}

function commandOf(pid: number): string {
  const command = read(pid, 'cmdline').replaceAll('\0', ' ').trim()
  return command === '' ? `[${read(pid, 'comm').trim()}]` : command
}

/** Of a process that has ended meanwhile, or of another user, nothing can be read. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(String((error as NodeJS.ErrnoException).code))) return ''
    throw error
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

// node leftovers.ts NAME=value: ends what was started with the variable; exits with 1 where something was left.
if (import.meta.main) {
  const [variable = ''] = process.argv.slice(2)
  if (!/^\w+=./.test(variable)) throw new Error('node leftovers.ts NAME=value')
  if (process.platform !== 'linux') console.log('--- processes that are left: not looked for, there is no /proc here')
  const left = process.platform === 'linux' ? await endLeftovers(variable, END_MS) : []
  for (const { pid, command } of left) console.log(`--- still running, killed: ${pid} ${command.slice(0, 200)}`)
  process.exitCode = left.length > 0 ? 1 : 0
}
