import type { EndReason } from '../job/job-record.ts'

/** Why a job is made to end before its command ends by itself. */
export interface EndCause {
  readonly reason: Extract<EndReason, 'stopped' | 'timeout' | 'oom'>
  readonly message: string
}

/** The one place where it is decided that a job has to end. The first cause stays. */
export class Ending {
  readonly #controller = new AbortController()
  #cause: EndCause | undefined

  get cause(): EndCause | undefined {
    return this.#cause
  }

  /** Aborts when there is a cause. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  end(cause: EndCause): void {
    if (this.#cause !== undefined) return
    this.#cause = cause
    this.#controller.abort()
  }
}

/** What the system says to a supervisor: SIGTERM and SIGINT end the job, however often; SIGHUP is no reason. */
export function listenForSignals(ending: Ending): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => ending.end({ reason: 'stopped', message: 'the job was told to stop' }))
  }
  // A job outlives the terminal that it was launched from.
  process.on('SIGHUP', () => undefined)
}
