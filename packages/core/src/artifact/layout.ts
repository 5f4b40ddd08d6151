/**
 * Where everything lies in an artifact store. Every key of the tree is made here, so this file is its documentation:
 *
 *     bundles/<sha256>.mjs        the user's module as one file
 *     cache/<key>.json            outputs of cached steps
 *     files/<sha256>.tar          files of command steps
 *     runs/<run>/run.json         what was started
 *     runs/<run>/code.json        with which code: the bundle's hash, and those of its sources
 *     runs/<run>/cancel.json      somebody asked for the end of the run
 *     runs/<run>/launchers/<n>.json                    who owns the run; the highest n does
 *                         <n>.lease.json               says again and again that this launcher is alive
 *     runs/<run>/ends/<n>.json    how the run ended under launcher n
 *     runs/<run>/inputs/<sha256>  values given to steps
 *     runs/<run>/<step run>/<attempt>/spec.json        what the job reads first
 *                                     intent.json      the request, durable before anything is created
 *                                     creates/<n>.json every create call, before it is sent
 *                                     handle.json      how any process finds the job again
 *                                     owner.json       the one job that may run user code
 *                                     ending.json      why a launcher asked for the end of the job, before it did
 *                                     incarnation-<n>.json   each start of the process in the job
 *                                     result.json      outputs or error: the one decision
 *                                     <incarnation>/outputs/…  logs/<number>.jsonl  heartbeat  interrupted.json
 *                                     ranks/<rank>.json      how another machine of a job of several stands
 *                                     ranks/<rank>/incarnation-<n>.json  <incarnation>/…   of that machine
 *
 * A value that is stored as several objects has the others below its own key, in `<key>.files/`.
 */

/** Names one call of a step. */
export interface StepRunName {
  /** At most 63 lower-case letters, digits and hyphens. */
  readonly runId: string
  /** `train-456f6463c8de478f` */
  readonly stepRunId: string
}

/** One try of a step run. Attempts count from 1. */
export interface AttemptKey extends StepRunName {
  /** From 1. */
  readonly attempt: number
}

/** A machine of an attempt's job. */
export interface MachineKey extends AttemptKey {
  /** In a job of several, where it is another one than the first. */
  readonly rank?: number
}

/** One start of the process inside a job. Incarnations count from 1, on each machine its own. */
export interface IncarnationKey extends MachineKey {
  readonly incarnation: number
}

export const bundleKey = (sha256: string): string => `bundles/${sha256}.mjs`
export const cacheKey = (key: string): string => `cache/${key}.json`
export const filesKey = (sha256: string): string => `files/${sha256}.tar`

export const runKey = (runId: string): string => `runs/${runId}/run.json`
export const codeKey = (runId: string): string => `runs/${runId}/code.json`
export const cancelKey = (runId: string): string => `runs/${runId}/cancel.json`
export const launcherKey = (runId: string, n: number): string => `runs/${runId}/launchers/${n}.json`
export const leaseKey = (runId: string, n: number): string => `runs/${runId}/launchers/${n}.lease.json`
export const endKey = (runId: string, n: number): string => `runs/${runId}/ends/${n}.json`

const stepRunPrefix = ({ runId, stepRunId }: StepRunName): string => `runs/${runId}/${stepRunId}`
export const inputKey = (runId: string, sha256: string): string => `runs/${runId}/inputs/${sha256}`

const attemptPrefix = (key: AttemptKey): string => `${stepRunPrefix(key)}/${key.attempt}`
export const specKey = (key: AttemptKey): string => `${attemptPrefix(key)}/spec.json`
export const intentKey = (key: AttemptKey): string => `${attemptPrefix(key)}/intent.json`
export const createKey = (key: AttemptKey, n: number): string => `${attemptPrefix(key)}/creates/${n}.json`
export const handleKey = (key: AttemptKey): string => `${attemptPrefix(key)}/handle.json`
export const ownerKey = (key: AttemptKey): string => `${attemptPrefix(key)}/owner.json`
export const endingKey = (key: AttemptKey): string => `${attemptPrefix(key)}/ending.json`
/** Where the one decision on an attempt lies in its artifact store: outputs or error, written once. */
export const resultKey = (key: AttemptKey): string => `${attemptPrefix(key)}/result.json`
export const rankKey = (key: AttemptKey, rank: number): string => `${attemptPrefix(key)}/ranks/${rank}.json`

const machinePrefix = ({ rank = 0, ...key }: IncarnationKey): string =>
  rank === 0 ? attemptPrefix(key) : `${attemptPrefix(key)}/ranks/${rank}`
export const incarnationKey = (key: IncarnationKey): string =>
  `${machinePrefix(key)}/incarnation-${key.incarnation}.json`

const incarnationPrefix = (key: IncarnationKey): string => `${machinePrefix(key)}/${key.incarnation}`
export const outputsPrefix = (key: IncarnationKey): string => `${incarnationPrefix(key)}/outputs`
export const logChunkKey = (key: IncarnationKey, n: number): string => `${incarnationPrefix(key)}/logs/${n}.jsonl`
export const heartbeatKey = (key: IncarnationKey): string => `${incarnationPrefix(key)}/heartbeat`
export const interruptedKey = (key: IncarnationKey): string => `${incarnationPrefix(key)}/interrupted.json`

export const partKey = (key: string, name: string): string => `${key}.files/${name}`
