/** Where the step's code ran. */
export interface JobProcess {
  /** Name of the machine. */
  readonly host: string
  /** Of the process that ran user code. */
  readonly pid: number
  /** ISO 8601, by the clock of the host. */
  readonly startedAt: string
  /** As `process.version` has it: `v24.21.0`. */
  readonly nodeVersion: string
  /** Path of the file that was run. */
  readonly module: string
  /** The folder the process worked in. */
  readonly folder: string
}
