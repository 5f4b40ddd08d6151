import type { ArtifactStore, FailureKind, LaunchPoint } from '@sidestep/core'
import type { Fault } from '@sidestep/simulators'

/** One job, by the operator's own records. */
export interface OperatorJob {
  /** What stands in the evidence of its user code. */
  readonly name: string
  readonly runId: string
  readonly stepRunId: string
  readonly attempt: number
  /** Of the create call that made it. */
  readonly nonce: string
  /** Whether anything of it runs. */
  readonly alive: boolean
  /** When its end was recorded, in milliseconds since 1970. */
  readonly endedAt?: number
}

/** A simulated provider, as far as it can be told to fail launchers and jobs. */
export interface Provider {
  addFaults(...faults: readonly Fault[]): void
  /** Those that did not happen as often as asked. */
  unmetFaults(): readonly Fault[]
}

/** What a trial does with an operator, and asks of it. */
export interface OperatorUnderTest {
  readonly name: string
  /** Where its launchers can be killed. */
  readonly points: readonly LaunchPoint[]
  /** How many times longer a launch of it takes than one of `local`. */
  readonly pace: number
  /** False where a launcher that lives takes the moment between a job's two processes for the job's end. */
  readonly restartsUnseen: boolean
  /** The kind by which a job fails whose entrypoint was killed. */
  readonly killedAs: FailureKind
  /** Starts what a trial needs beside its files; `killAll` ends it. `seed` is the trial's own. */
  begin(home: string, seed: string): Promise<void>
  /** What launchers of a home that run on a stack find in their environment beside the usual. */
  environment(stack: string | undefined, home: string): Readonly<Record<string, string>>
  /** The provider of a home. Absent: there is none that is simulated. */
  provider?(home: string): Provider
  /** The store of a home folder, as a reader without faults sees it. */
  openStore(home: string): ArtifactStore
  jobs(home: string): Promise<readonly OperatorJob[]>
  /** Kills what answers for the job beside the job itself. `false` where that is gone. */
  killSupervisor(home: string, job: OperatorJob): Promise<boolean>
  /** Kills the job's entrypoint, and nothing else. `false` where it is gone. */
  killEntrypoint(home: string, job: OperatorJob): Promise<boolean>
  /** Stops the job's processes and starts its entrypoint anew, as providers do; the result lets the old ones go on. */
  restart(home: string, job: OperatorJob): Promise<() => void>
  /** What somebody may do to a running job with the provider's own tools; each resolves to what undoes it. */
  readonly byHand: Readonly<Record<string, (job: OperatorJob, home: string) => Promise<() => Promise<void>>>>
  /** Ends everything that was started in a home. */
  killAll(home: string): Promise<void>
}
