import { readFileSync } from 'node:fs'
import { platform } from 'node:os'

/** The most memory that this process had, in MB. On Linux not of `resourceUsage()`, which counts what its parent had. */
export function peakMemory(): number {
  if (platform() !== 'linux') return process.resourceUsage().maxRSS / 1024
  return Number(/VmHWM:\s+(\d+) kB/u.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
}
