import { setTimeout as sleep } from 'node:timers/promises'

const FOREVER_MS = 600_000

/** How often the process of this job was started, this time included: as it told the process of the step. */
export function incarnation(): number {
  const n = Number(process.argv[process.argv.indexOf('--incarnation') + 1])
  if (Number.isSafeInteger(n) && n > 0) return n
  throw new Error(`the process of a step was started without --incarnation: ${process.argv.join(' ')}`)
}

/**
 * Ends the process of the job with SIGKILL, and this one with it. Throws where that is the first process of a container, which
 * ignores it: no step could be killed there as a machine kills it.
 */
export async function killTheJob(): Promise<never> {
  if (process.ppid === 1) {
    throw new Error(
      "the process of the job is the first one of its container, and SIGKILL from inside does nothing to that: run the command under an init, such as docker's `--init`",
    )
  }
  process.kill(process.ppid, 'SIGKILL')
  await sleep(FOREVER_MS)
  throw new Error('the process of the job goes on after SIGKILL')
}
