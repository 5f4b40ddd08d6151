/** What the matrix counts. `faults`: something of the plan did not happen, or a process hung. */
export type Figure = 'second-jobs' | 'left-running' | 'results' | 'log-lines' | 'faults'

export const FIGURES: Readonly<Record<Figure, string>> = {
  'second-jobs': 'second jobs that ran user code',
  'left-running': 'jobs left running',
  results: 'wrong or lost results',
  'log-lines': 'log lines lost or doubled',
  faults: 'faults that did not fire, or hung',
}

export interface Finding {
  readonly figure: Figure
  readonly message: string
  /** How many it stands for. */
  readonly count: number
}

/** Ends a trial that cannot go on: what was found so far stays. */
export class TrialEnded extends Error {
  override readonly name = 'TrialEnded'
}
