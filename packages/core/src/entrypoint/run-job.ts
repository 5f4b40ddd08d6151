import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { interruptedKey, resultKey } from '../artifact/layout.ts'
import type { FailureManifest, ResultManifest, SuccessManifest } from '../artifact/manifest.ts'
import { DEFAULT_PATIENCE_MS } from '../artifact/persist.ts'
import { persistently } from '../artifact/persistent-store.ts'
import { putOnce } from '../artifact/put-once.ts'
import type { JobProcess } from '../job-process.ts'
import { messageOf, SidestepError } from '../errors.ts'
import type { StepOperatorRuntime } from '../flavor/runtime.ts'
import type { BodyOutcome } from './body.ts'
import { childEnvironment } from './child-environment.ts'
import { startHeartbeat } from './heartbeat.ts'
import { JOB_EXIT } from './job-exit.ts'
import { JOB_VARIABLES, readSpec, type JobSpec } from './job-spec.ts'
import { LogWriter } from './log-writer.ts'
import { isSuperseded, readResult, takeIncarnation, takeOwnership } from './ownership.ts'
import { endWithParent } from './parent-pipe.ts'
import { redactError } from './redact.ts'
import type { Cluster } from './rank-record.ts'
import { runFirst } from './run-first.ts'
import { runRank } from './run-rank.ts'
import { listenForStop, type Stop, type StopLimits } from './stop.ts'

/** Before the spec is read, the step's own are not known. */
const FIRST_LIMITS: StopLimits = { graceMs: 10_000, patienceMs: DEFAULT_PATIENCE_MS }

export interface RunJobOptions {
  /** Of the spec. */
  readonly uri: string
  readonly store: ArtifactStore
  readonly runtime: StepOperatorRuntime
}

/** The entrypoint of a job: a parent that runs no user code. Resolves to the process's exit code. */
export async function runJob(options: RunJobOptions): Promise<number> {
  endWithParent()
  let limits = FIRST_LIMITS
  const reachesGroup = process.env[JOB_VARIABLES.signalsGroup] === '1'
  const stop = listenForStop(() => limits, { reachesGroup })
  try {
    const store = persistently(options.store, stop)
    const spec = await readSpec(store, options.uri)
    limits = { graceMs: spec.graceMs, patienceMs: spec.storePatienceMs ?? FIRST_LIMITS.patienceMs }
    return await runAttempt(spec, stop, { ...options, store })
  } catch (error) {
    return await reportOutside(error, options.runtime)
  }
}

async function runAttempt(spec: JobSpec, stop: Stop, { uri, store, runtime }: RunJobOptions): Promise<number> {
  const decided = await readResult(spec, store)
  if (decided !== undefined) return exitCodeOf(decided)
  const nonce = process.env[JOB_VARIABLES.nonce] ?? ''
  const providerJobId = runtime.providerJobId?.()
  const claim = { store, nonce, ...(providerJobId === undefined ? {} : { providerJobId }) }
  const refusal = await takeOwnership(spec, claim, stop)
  if (refusal !== undefined) {
    console.error(`sidestep: no user code is run: ${refusal.refused}`)
    return JOB_EXIT.notOwner
  }
  const cluster = runtime.cluster?.() ?? ALONE
  if (cluster.rank > 0) return runRank(spec, stop, { uri, store, runtime, cluster })
  const incarnation = await takeIncarnation(spec, store, stop)
  const heartbeat = startHeartbeat({ ...spec, incarnation }, store)
  try {
    return await runIncarnation(spec, stop, { uri, store, runtime, nonce, incarnation, cluster })
  } finally {
    heartbeat.stop()
  }
}

interface RunIncarnationOptions extends RunJobOptions {
  readonly nonce: string
  readonly incarnation: number
  readonly cluster: Cluster
}

/** A job of one machine. */
const ALONE: Cluster = { rank: 0, size: 1 }

async function runIncarnation(spec: JobSpec, stop: Stop, options: RunIncarnationOptions): Promise<number> {
  const { uri, store, runtime, nonce, incarnation, cluster } = options
  const { redact, environment, failure: unprepared } = await childEnvironment(spec, runtime)
  const folder = process.cwd()
  const logs = new LogWriter({ key: { ...spec, incarnation }, store, redact })
  const body = { spec, uri, store, incarnation, environment, folder, logs, ...cluster }
  const outcome = unprepared ?? (await runFirst({ ...body, stop }))
  const base = {
    version: 1,
    nonce,
    incarnation,
    finishedAt: new Date().toISOString(),
    process: jobProcess(outcome.pid, folder),
    logs: logs.extent,
  } as const
  if (outcome.outputs !== undefined) {
    return finish(spec, { ...base, status: 'succeeded', outputs: outcome.outputs }, { store, stop })
  }
  const why = whyItFailed(outcome, runtime)
  if (why === undefined) throw new SidestepError('the step ended in no way at all', { code: 'INTERNAL', kind: 'infra' })
  const failure = {
    ...why,
    error: redactError(why.error, redact),
    ...(outcome.failedRank === undefined ? {} : { failedRank: outcome.failedRank }),
  }
  if (stop.received !== undefined) {
    const record = { signal: stop.received, at: base.finishedAt, ...failure }
    await store.put(interruptedKey({ ...spec, incarnation }), encodeJson(record))
    return JOB_EXIT.interrupted
  }
  return finish(spec, { ...base, status: 'failed', ...failure }, { store, stop })
}

/** The provider knows better than the process that it ended. */
function whyItFailed({ failure, failedRank }: BodyOutcome, runtime: StepOperatorRuntime): BodyOutcome['failure'] {
  const told = failure === undefined || failedRank !== undefined ? undefined : runtime.endReason?.()
  if (told === undefined) return failure
  return { ...failure, kind: told.kind, error: { name: 'Error', message: told.message } }
}

/** Writes the manifest last, unless a later start of this job's process is at work. */
async function finish(
  spec: JobSpec,
  manifest: SuccessManifest | FailureManifest,
  { store, stop }: { readonly store: ArtifactStore; readonly stop: Stop },
): Promise<number> {
  if (await isSuperseded(spec, manifest.incarnation, store)) {
    console.error('sidestep: a later start of this job has begun; this one leaves the result to it')
    return JOB_EXIT.interrupted
  }
  const { bytes } = await putOnce(store, resultKey(spec), encodeJson(manifest), stop)
  return exitCodeOf(JSON.parse(Buffer.from(bytes).toString('utf8')) as ResultManifest)
}

function exitCodeOf(manifest: ResultManifest): number {
  return manifest.status === 'succeeded' ? JOB_EXIT.succeeded : JOB_EXIT.failed
}

function jobProcess(pid: number, folder: string): JobProcess {
  const module = fileURLToPath(import.meta.url)
  const startedAt = new Date(performance.timeOrigin).toISOString()
  return { host: hostname(), pid, startedAt, nodeVersion: process.version, module, folder }
}

/** The store stayed away, so the reason goes where the provider shows it: stderr and its failure file. */
async function reportOutside(error: unknown, runtime: StepOperatorRuntime): Promise<number> {
  const hint = SidestepError.isInstance(error) && error.hint !== undefined ? `. ${error.hint}` : ''
  const text = `sidestep: the job could not report to its artifact store: ${messageOf(error)}${hint}`
  console.error(text)
  if (runtime.failureFile !== undefined) await writeFile(runtime.failureFile, `${text}\n`)
  return JOB_EXIT.storeAway
}
