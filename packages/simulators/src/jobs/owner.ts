import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, platform } from 'node:os'

import { codeOf } from './message-of.ts'

/** This process: whatever is marked so is of no use when it has ended. A text without `:`, `/` and `=`. */
export function thisOwner(): string {
  const start = startOf(process.pid)
  if (start === undefined) throw new Error('the start of this process cannot be read')
  return [machine(), space(), process.pid, start].join('_')
}

/** Whether the process of a mark has ended. False where that cannot be known: it counts pids otherwise, or is no mark. */
export function isGone(owner: string): boolean {
  const [ofMachine, ofSpace, pid, start] = owner.split('_')
  if (start === undefined || !/^\d+$/.test(pid ?? '')) return false
  // Nothing outlives a boot, and no other machine's processes and containers are seen here.
  if (ofMachine !== machine()) return platform() === 'linux'
  return ofSpace === space() && startOf(Number(pid)) !== start
}

/** Changes with each boot, where the system tells. */
function machine(): string {
  if (platform() !== 'linux') return hostname().replaceAll(/[^\w.-]|_/g, '-')
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** In a container, the same pid is another process. */
function space(): string {
  return platform() === 'linux' ? (/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '') : ''
}

/** `undefined`: no process has this pid, or one that ended and waits for its parent. */
function startOf(pid: number): string | undefined {
  return platform() === 'linux' ? linuxStart(pid) : psStart(pid)
}

function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command's name stands in parentheses and may hold anything; the fields are counted from behind it.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : fields[18]
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}

function psStart(pid: number): string | undefined {
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    }).trim()
    return started === '' ? undefined : String(Date.parse(started))
  } catch {
    // `ps` exits with 1 where the pid does not exist.
    return undefined
  }
}
