import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { platform } from 'node:os'

import { codeOf } from './errors.ts'

export { thisMachine, type Machine } from './machine.ts'

/**
 * One start of one process: a pid alone is used again after a reboot or a wrap-around, so the boot and the start time
 * go with it.
 */
export interface ProcessIdentity {
  /** Of the boot of the machine that it runs in. */
  readonly bootId: string
  /** As the system counts processes. */
  readonly pid: number
  /** As the system counts it; only ever compared for equality. */
  readonly startTime: string
}

let bootIdOfThisMachine: string | undefined

/** Changes with every boot of the machine. */
export function bootId(): string {
  bootIdOfThisMachine ??=
    platform() === 'linux'
      ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      : execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim()
  return bootIdOfThisMachine
}

/** The process that has this pid now, if one runs. One that ended and waits for its parent (a zombie) does not. */
export function findProcess(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid)
  return startTime === undefined ? undefined : { bootId: bootId(), pid, startTime }
}

/** Like {@link findProcess}; throws where no process runs under this pid. */
export function identifyProcess(pid: number = process.pid): ProcessIdentity {
  const found = findProcess(pid)
  if (found === undefined) throw new Error(`no process has the pid ${pid}`)
  return found
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && startTimeOf(identity.pid) === identity.startTime
}

function startTimeOf(pid: number): string | undefined {
  return platform() === 'linux' ? linuxStartTime(pid) : psStartTime(pid)
}

function linuxStartTime(pid: number): string | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return undefined
    throw error
  }
  // The command's name stands in parentheses and may hold anything; the fields are counted from behind it.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' || state === 'X' ? undefined : fields[18]
}

function psStartTime(pid: number): string | undefined {
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
    return state === undefined || state === '' || state.startsWith('Z') ? undefined : started.join(' ')
  } catch {
    // `ps` exits with 1 where the pid does not exist.
    return undefined
  }
}
