import { bootId, findProcess, identifyProcess, thisMachine, type ProcessIdentity } from '@sidestep/core/process'

/** This process: whatever is marked so is of no use when it has ended. A text without `:`, `/` and `=`. */
export function thisOwner(): string {
  return markOf(identifyProcess())
}

/** Whether the process of a mark has ended. False where that cannot be known: it counts pids otherwise, or is no mark. */
export function isGone(owner: string): boolean {
  const [boot, ofSpace, pid, start] = owner.split('_')
  if (start === undefined || !/^\d+$/.test(pid ?? '')) return false
  // Nothing outlives a boot, and no other machine's processes and containers are seen here.
  if (boot !== plain(bootId())) return true
  if (ofSpace !== space()) return false
  const found = findProcess(Number(pid))
  return found === undefined || markOf(found) !== owner
}

function markOf({ bootId: boot, pid, startTime }: ProcessIdentity): string {
  return [plain(boot), space(), pid, plain(startTime)].join('_')
}

/** In a container, the same pid is another process. */
function space(): string {
  return plain(thisMachine().pidNamespace ?? '')
}

/** What a mark may hold. Only ever compared. */
function plain(text: string): string {
  return text.replaceAll(/[^\w.-]|_/g, '-')
}
