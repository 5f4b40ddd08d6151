/** What the job's process exits with. Providers only tell zero from the rest; people read the number. */
export const JOB_EXIT = { succeeded: 0, failed: 1, storeAway: 75, notOwner: 76, interrupted: 143 } as const

/** What to look at where a number says more than that the step failed. */
export function hintOfExit(exitCode: number | undefined): string | undefined {
  if (exitCode !== JOB_EXIT.storeAway) return undefined
  return `A job that ends with ${JOB_EXIT.storeAway} does not reach its artifact store: its own log says why. Can the store be reached from where the job runs, and do all of its variables reach it?`
}
