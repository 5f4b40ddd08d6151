import type { ErrorCode, FailureKind } from '../errors.ts'
import type { JobProcess } from '../job-process.ts'
import type { StoredValue } from './stored-value.ts'

/** An error on its way from a job to the launcher: plain JSON. */
export interface SerializedError {
  /** Of its class: `RangeError`. */
  readonly name: string
  /** As it was thrown; values of secrets are taken out. */
  readonly message: string
  /** Frames in the user's own files, relative to the project's folder where they lie in it. */
  readonly stack?: string
  /** What is behind it. */
  readonly cause?: SerializedError
  /** The error's own enumerable properties that JSON can hold. */
  readonly properties?: Readonly<Record<string, unknown>>
}

interface ManifestBase {
  readonly version: 1
  /** ISO 8601. */
  readonly finishedAt: string
}

/** Written last by the step's own process. */
export interface SuccessManifest extends ManifestBase {
  readonly status: 'succeeded'
  readonly nonce: string
  readonly incarnation: number
  /** By output name; a function step has one, `value`. */
  readonly outputs: Readonly<Record<string, StoredValue>>
  readonly process: JobProcess
  readonly logs: LogExtent
  /** True where the outputs came from the cache: `process` is the launcher that found them. */
  readonly cached?: true
}

/** The step's own process says that it failed. */
export interface FailureManifest extends ManifestBase {
  readonly status: 'failed'
  readonly nonce: string
  readonly incarnation: number
  readonly kind: FailureKind
  readonly error: SerializedError
  readonly exitCode?: number
  readonly process: JobProcess
  readonly logs: LogExtent
  /** Of a job of several machines, where it failed on another one than the first. */
  readonly failedRank?: FailedRank
}

/** The machine on which a job of several has failed. */
export interface FailedRank {
  readonly rank: number
  /** Oldest first. */
  readonly lastLogLines: readonly string[]
}

/** The launcher settled an attempt whose job left no result. */
export interface SettledManifest extends ManifestBase {
  readonly status: 'failed'
  readonly settledBy: 'launcher'
  readonly kind: FailureKind
  readonly code: ErrorCode
  readonly reason: string
  readonly hint?: string
  /** Nothing failed: its launcher ended too early. The next attempt follows, and this one does not count. */
  readonly interrupted?: true
}

/** `result.json`: put-if-absent, and the one decision about an attempt. */
export type ResultManifest = SuccessManifest | FailedManifest
export type FailedManifest = FailureManifest | SettledManifest

/** How much log a job has written. */
export interface LogExtent {
  /** How many numbered chunks there are. */
  readonly chunks: number
  /** Of both streams. */
  readonly lines: number
}

/**
 * `owner.json`: the one job that may run user code, or why none may any more. `at` is ISO 8601, by the clock of the job
 * or of the launcher that closed it.
 */
export type OwnerRecord =
  | {
      readonly nonce: string
      readonly providerJobId?: string
      readonly host: string
      readonly pid: number
      readonly at: string
    }
  | ClosedOwner

/** The attempt was given up: whoever comes across it settles it by what stands here. */
export interface ClosedOwner {
  /** Why, for people. */
  readonly closed: string
  readonly kind: FailureKind
  readonly code: ErrorCode
  readonly hint?: string
  readonly interrupted?: true
  readonly at: string
}

/** One line of a log chunk. */
export interface LogLine {
  /** Counts from 1 within an incarnation, without gaps. */
  readonly n: number
  /** ISO 8601, when the line was read. */
  readonly at: string
  /** Where the job printed it. */
  readonly stream: 'stdout' | 'stderr'
  /** Without the line end. */
  readonly text: string
  /** True where the line goes on in the next one: lines longer than 64 KiB are cut. */
  readonly partial?: true
}
