import { readFileSync } from 'node:fs'

/** Of this container alone, in the two versions of cgroups. */
const OWN_V2 = '/sys/fs/cgroup/memory.events'
const OWN_V1 = '/sys/fs/cgroup/memory/memory.oom_control'
const LIMIT_V1 = '/sys/fs/cgroup/memory/memory.limit_in_bytes'
/** Of the machine: another job's kill counts, too. */
const MACHINE = '/proc/vmstat'
/** What version 1 says where there is no limit is the largest number of pages there can be. */
const NO_LIMIT = 2 ** 60

/** Takes a counter of processes that the kernel killed for memory, and says later whether it has grown. Always false where the system has none. */
export function watchOutOfMemoryKills(): () => boolean {
  const counter = counterHere()
  const before = killsIn(counter) ?? 0
  return () => (killsIn(counter) ?? 0) > before
}

/** The one that counts the fewest others: a container's own is exact. */
function counterHere(): string {
  if (killsIn(OWN_V2) !== undefined) return OWN_V2
  // Outside of a container, the same path is the group of the whole machine, which has no limit.
  const hasLimit = Number(readIfPossible(LIMIT_V1) ?? NO_LIMIT) < NO_LIMIT
  return hasLimit && killsIn(OWN_V1) !== undefined ? OWN_V1 : MACHINE
}

function killsIn(file: string): number | undefined {
  const found = /^oom_kill (\d+)$/m.exec(readIfPossible(file) ?? '')
  return found === null ? undefined : Number(found[1])
}

function readIfPossible(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // Not Linux, or not readable here: then this evidence is missing, and the signal alone tells.
    return undefined
  }
}
