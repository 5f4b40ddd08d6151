import { appendFileSync, existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** What user code leaves outside of Sidestep, so that nobody has to be believed. */
export interface Evidence {
  readonly event: 'start' | 'end'
  readonly step: string
  readonly pid: number
  /** Milliseconds since 1970, by a clock that no process can shift. */
  readonly at: number
  /** Folder of the job, the name of the training job, or the short id of the container; absent in the launcher's process. */
  readonly job?: string
}

/** Appends a line. The system keeps lines of several processes apart. */
export function note(folder: string, event: Evidence['event'], step: string): void {
  const { SIDESTEP_JOB_FOLDER: folderOfJob, TRAINING_JOB_NAME: name, SIDESTEP_JOB_TOKEN: token } = process.env
  const job = folderOfJob ?? name ?? (token === undefined ? undefined : hostname())
  const at = performance.timeOrigin + performance.now()
  const evidence: Evidence = { event, step, pid: process.pid, at, ...(job === undefined ? {} : { job }) }
  appendFileSync(join(folder, 'evidence.jsonl'), `${JSON.stringify(evidence)}\n`)
}

/** Waits until the driver lets the step go on. */
export async function passGate(folder: string, step: string, signal?: AbortSignal): Promise<void> {
  while (!existsSync(join(folder, 'gates', step))) await sleep(10, undefined, signal === undefined ? {} : { signal })
}
