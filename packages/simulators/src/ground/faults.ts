/** What can go wrong with a call. */
export type CallFaultKind =
  /** The provider's answer for too many calls, in its own words. */
  | 'throttle'
  /** The provider's answer for an error of its own. */
  | 'server-error'
  /** It happens at once, and the answer comes `delayMs` later. */
  | 'slow'
  /** The connection is closed before anything has happened. */
  | 'reset-before'
  /** It happened, and the connection is closed instead of an answer: a create whose answer is lost. */
  | 'reset-after'
  /** Answered at once, and happens `delayMs` later. Only operations that can be answered before they happened meet it. */
  | 'delayed-effect'
  /** The provider's answer for credentials that are over. */
  | 'expired-token'
  /** The provider's answer where it has no machine. */
  | 'capacity'
  /** The provider's answer to a conditional write that another operation got in the way of: it may be tried again. Only those that have one meet it. */
  | 'conflict'
  /** A list does not show what changed in the last `delayMs`: at most ten minutes. Only lists meet it. */
  | 'stale-list'
  /** The `Date` of the answer is off by `delayMs`; below 0: behind. */
  | 'clock-off'

/** What can go wrong with a job. */
export type JobFaultKind =
  /** It never leaves the phase before its start. */
  | 'stuck'
  /** The machine is taken away while it runs, and the job starts anew as the provider does it. */
  | 'interruption'
  /** It is killed for its memory. */
  | 'oom'
  /** It was accepted, and no machine is found for it: it fails before its start. */
  | 'no-capacity'
  /** Some lines of its log never arrive. */
  | 'log-gap'

/** All of them. */
export const JOB_FAULT_KINDS: readonly JobFaultKind[] = ['stuck', 'interruption', 'oom', 'no-capacity', 'log-gap']

/** A fault that was asked for. It is used up call by call; by a call in which it has no occasion to act, it is not. */
export interface Fault {
  /** `<service>.<operation>`: `s3.PutObject`; `s3.*` is any. Of a job: the service's name for its create. */
  readonly operation: string
  /** What happens. */
  readonly kind: CallFaultKind | JobFaultKind
  /** How many calls it meets. `Infinity`: all, as long as it is there. Default: 1. */
  readonly times?: number
  /** Of those that fit, above 0 to 1, by the simulator's seed. Default: 1. */
  readonly probability?: number
  /** How many that fit go by first. Default: 0. */
  readonly after?: number
  /** What the kinds say. Default: 1000. By the simulator's clock. */
  readonly delayMs?: number
  /** Only calls whose path and query match. */
  readonly path?: RegExp
}

/** Of a fault that does not say its own. */
export const DEFAULT_DELAY_MS = 1000
/** How old a list can be at most. */
export const MAX_STALE_MS = 600_000

/** A fault that was asked for, with how often it happened. */
export interface UnmetFault {
  readonly fault: Fault
  readonly happened: number
}

/** Faults that were asked for and did not happen as often as asked. */
export class UnmetFaultsError extends Error {
  override readonly name: string = 'UnmetFaultsError'
  readonly unmet: readonly UnmetFault[]

  constructor(unmet: readonly UnmetFault[]) {
    const lines = unmet.map(({ fault, happened }) => `  ${describe(fault)}: happened ${happened} of ${asked(fault)}`)
    super(
      `${unmet.length === 1 ? 'A fault was' : 'Faults were'} asked for and did not happen so often. Either no call of this name ` +
        `came, or the fault had no occasion to act; clear those that may be left:\n${lines.join('\n')}`,
    )
    this.unmet = unmet
  }
}

function asked({ times = 1 }: Fault): string {
  return times === Infinity ? 'any number of times, at least 1' : times === 1 ? '1 time' : `${times} times`
}

function describe({ kind, operation, path, probability, after }: Fault): string {
  const details = [
    path === undefined ? '' : `path ${path}`,
    probability === undefined ? '' : `probability ${probability}`,
    after === undefined ? '' : `after ${after}`,
  ].filter((detail) => detail !== '')
  return `${kind} of ${operation}${details.length === 0 ? '' : ` (${details.join(', ')})`}`
}
