import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { promisify } from 'node:util'

import { codeOf } from '@sidestep/core/files'

/** One process of this machine. */
export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  /** Of its process group: the pid of the group's first leader. */
  readonly group: number
  /** Resident; pages that processes share count in each of them. Only where the table itself knows. */
  readonly residentBytes?: number
}

/** Every process that runs; those that ended and wait for their parent (zombies) do not. */
export async function readProcessTable(): Promise<ProcessRow[]> {
  return platform() === 'linux' ? linuxTable() : psTable()
}

/** Memory of one process on Linux, without what the table does not tell; 0 where it has ended. */
export function residentBytes(row: ProcessRow): number {
  return row.residentBytes ?? kibibytes(`/proc/${row.pid}/status`, /^VmRSS:\s+(\d+) kB$/m)
}

/** Like {@link residentBytes}, with shared pages divided among those who share them. Costs more to read. */
export function proportionalBytes(row: ProcessRow): number {
  if (platform() !== 'linux') return residentBytes(row)
  return kibibytes(`/proc/${row.pid}/smaps_rollup`, /^Pss:\s+(\d+) kB$/m) || residentBytes(row)
}

/** Whether the process was started with this variable. Only Linux tells; elsewhere false. */
export function startedWith(pid: number, variable: string): boolean {
  return platform() === 'linux' && `\0${readProcFile(`/proc/${pid}/environ`) ?? ''}`.includes(`\0${variable}\0`)
}

async function linuxTable(): Promise<ProcessRow[]> {
  const rows: ProcessRow[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readProcFile(`/proc/${name}/stat`)
    if (stat === undefined) continue
    // The command's name stands in parentheses and may hold anything; the fields are counted from behind it.
    const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 3)
    if (state === 'Z' || state === 'X') continue
    rows.push({ pid: Number(name), parent: Number(parent), group: Number(group) })
  }
  return rows
}

async function psTable(): Promise<ProcessRow[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,pgid=,rss=,stat='], {
    maxBuffer: 16 * 2 ** 20,
  })
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, group, rss, state] = line.trim().split(/\s+/)
    if (state === undefined || state.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), residentBytes: Number(rss) * 1024 }]
  })
}

function kibibytes(path: string, pattern: RegExp): number {
  return Number(pattern.exec(readProcFile(path) ?? '')?.[1] ?? 0) * 1024
}

/** Reading what the kernel makes up needs no thread. `undefined` where the process has ended or is not ours. */
function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}
