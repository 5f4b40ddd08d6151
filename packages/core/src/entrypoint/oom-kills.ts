import { readFileSync } from 'node:fs'

/** Counters of processes that the kernel killed for memory: of this container, and of the machine. */
const COUNTERS = ['/sys/fs/cgroup/memory.events', '/proc/vmstat']

/** Takes the counters now, and says later whether one of them has grown. Always false where the system has none. */
export function watchOutOfMemoryKills(): () => boolean {
  const before = count()
  return () => count() > before
}

function count(): number {
  return COUNTERS.reduce((sum, file) => sum + countIn(file), 0)
}

function countIn(file: string): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0)
  } catch {
    // Not Linux, or not readable here: then this evidence is missing, and the signal alone tells.
    return 0
  }
}
