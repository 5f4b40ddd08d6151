import type { JobLabels, Lock } from '@sidestep/core'

/**
 * Everything that decides how a local job runs, and nothing secret: what the intent keeps, `plan` prints, and the
 * supervisor reads from `request.json`.
 */
export interface LocalRequest {
  /** Of the job: absolute, named by its token. */
  readonly folder: string
  /** `node` as the first word is the Node.js that runs the launcher. */
  readonly command: readonly string[]
  /** The file that is put into the folder as `step.mjs`. */
  readonly bundle: { readonly path: string; readonly uri: string; readonly sha256: string }
  /** Beside what every local job gets of the machine's. */
  readonly environment: Readonly<Record<string, string>>
  /** Variables whose values the launcher hands on at each create. */
  readonly secretNames: readonly string[]
  /** The npm packages of the job's own environment. */
  readonly packages?: JobPackages
  /** What the job's supervisor enforces. */
  readonly limits: JobLimits
}

export interface JobPackages {
  readonly lock: Lock
  /** Where environments lie, by the lock's hash. */
  readonly environmentsFolder: string
  /** Its npm configuration says where packages come from. */
  readonly projectFolder: string
}

/** What the supervisor enforces while no launcher lives. */
export interface JobLimits {
  /** Of all processes of the job together. */
  readonly memoryBytes?: number
  /** From the create until the command starts. */
  readonly queueMs?: number
  /** From the start of the command. */
  readonly runMs?: number
  /** From the create. */
  readonly totalMs?: number
  /** How long the command may go on after SIGTERM. */
  readonly stopGraceMs: number
}

/** `request.json`: the first decision about a token. Whoever comes with another request for it is refused. */
export interface RequestFile {
  readonly fingerprint: string
  readonly labels: JobLabels
  readonly request: LocalRequest
}
