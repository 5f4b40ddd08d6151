import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { interruptedKey, resultKey } from '../artifact/layout.ts'
import type { FailureManifest, JobProcess, ResultManifest, SuccessManifest } from '../artifact/manifest.ts'
import { persistently } from '../artifact/persistent-store.ts'
import { putOnce } from '../artifact/put-once.ts'
import { messageOf, SidestepError } from '../errors.ts'
import type { StepOperatorRuntime } from '../flavor/runtime.ts'
import type { BodyOutcome } from './body.ts'
import { runCommandBody } from './command-body.ts'
import { runFunctionBody } from './function-body.ts'
import { startHeartbeat } from './heartbeat.ts'
import { jobSecrets } from './job-secrets.ts'
import { JOB_VARIABLES, readSpec, type JobSpec } from './job-spec.ts'
import { LogWriter } from './log-writer.ts'
import { isSuperseded, readResult, takeIncarnation, takeOwnership } from './ownership.ts'
import { endWithParent } from './parent-pipe.ts'
import { redactor } from './redact.ts'
import { serializeError } from './serialize-error.ts'
import { listenForStop, type Stop } from './stop.ts'

/** What the job's process exits with. Providers only tell zero from the rest; people read the number. */
export const JOB_EXIT = { succeeded: 0, failed: 1, storeAway: 75, notOwner: 76, interrupted: 143 } as const

/** Before the spec is read, the step's own grace is not known. */
const GRACE_UNTIL_KNOWN_MS = 10_000

export interface RunJobOptions {
  /** Of the spec. */
  readonly uri: string
  readonly store: ArtifactStore
  readonly runtime: StepOperatorRuntime
}

/** The entrypoint of a job: a parent that runs no user code. Resolves to the process's exit code. */
export async function runJob(options: RunJobOptions): Promise<number> {
  endWithParent()
  const state: { graceMs: number } = { graceMs: GRACE_UNTIL_KNOWN_MS }
  const stop = listenForStop(() => state.graceMs)
  try {
    const store = persistently(options.store, stop)
    const spec = await readSpec(store, options.uri)
    state.graceMs = spec.graceMs
    return await runAttempt(spec, stop, { ...options, store })
  } catch (error) {
    return await reportOutside(error, options.runtime)
  }
}

async function runAttempt(spec: JobSpec, stop: Stop, { uri, store, runtime }: RunJobOptions): Promise<number> {
  const startedAt = new Date().toISOString()
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
  const incarnation = await takeIncarnation(spec, store, stop)
  const heartbeat = startHeartbeat({ ...spec, incarnation }, store)
  const { redact, environment, failure: noSecrets } = await prepareEnvironment(spec, runtime)
  const logs = new LogWriter({ key: { ...spec, incarnation }, store, redact })
  const { rank, size } = runtime.cluster?.() ?? { rank: 0, size: 1 }
  const folder = process.cwd()
  const body = { spec, uri, store, incarnation, environment, folder, logs, stop, rank, size }
  const outcome: BodyOutcome =
    noSecrets ?? (await (spec.body.kind === 'function' ? runFunctionBody(body) : runCommandBody(body, spec.body)))
  const base = {
    version: 1,
    nonce,
    incarnation,
    finishedAt: new Date().toISOString(),
    process: jobProcess(outcome.pid, startedAt, folder),
    logs: await logs.close(),
  } as const
  heartbeat.stop()
  if (outcome.outputs !== undefined) {
    return finish(spec, { ...base, status: 'succeeded', outputs: outcome.outputs }, { store, stop })
  }
  const failure = whyItFailed(outcome, runtime)
  if (failure === undefined)
    throw new SidestepError('the step ended in no way at all', { code: 'INTERNAL', kind: 'infra' })
  if (stop.received !== undefined) {
    const record = { signal: stop.received, at: base.finishedAt, ...failure }
    await store.put(interruptedKey({ ...spec, incarnation }), encodeJson(record))
    return JOB_EXIT.interrupted
  }
  return finish(spec, { ...base, status: 'failed', ...redactFailure(failure, redact) }, { store, stop })
}

/** The provider knows better than the process that it ended. */
function whyItFailed({ failure }: BodyOutcome, runtime: StepOperatorRuntime): BodyOutcome['failure'] {
  const told = failure === undefined ? undefined : runtime.endReason?.()
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

interface PreparedEnvironment {
  readonly redact: (text: string) => string
  readonly environment: NodeJS.ProcessEnv
  /** Where a secret is missing: that is the end, and nothing is started. */
  readonly failure?: BodyOutcome
}

/** The environment of the process that runs user code: without what only the entrypoint needs, with the secrets. */
async function prepareEnvironment(spec: JobSpec, runtime: StepOperatorRuntime): Promise<PreparedEnvironment> {
  const { [JOB_VARIABLES.nonce]: _nonce, [JOB_VARIABLES.parentFd]: _parentFd, ...inherited } = process.env
  const environment = { ...inherited, ...spec.environment }
  const bundle = fileURLToPath(import.meta.url)
  try {
    if ((await sha256OfFile(bundle)) !== spec.bundleSha256) {
      throw new SidestepError(`${bundle} is not the file that the launcher sent`, {
        code: 'ARTIFACT_CORRUPT',
        kind: 'infra',
      })
    }
    const secrets = await jobSecrets(spec, runtime.secretResolvers ?? [], process.env)
    return { redact: redactor(Object.values(secrets)), environment: { ...environment, ...secrets } }
  } catch (error) {
    const redact = (text: string): string => text
    const kind = SidestepError.isInstance(error) ? error.kind : 'infra'
    return {
      redact,
      environment,
      failure: { pid: process.pid, failure: { kind, error: serializeError(error, { bundle, redact }) } },
    }
  }
}

function redactFailure<T extends NonNullable<BodyOutcome['failure']>>(failure: T, redact: (text: string) => string): T {
  return JSON.parse(redact(JSON.stringify(failure))) as T
}

function jobProcess(pid: number, startedAt: string, folder: string): JobProcess {
  const module = fileURLToPath(import.meta.url)
  return { host: hostname(), pid, startedAt, nodeVersion: process.version, module, folder }
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** The store stayed away, so the reason goes where the provider shows it: stderr and its failure file. */
async function reportOutside(error: unknown, runtime: StepOperatorRuntime): Promise<number> {
  const text = `sidestep: the job could not report to its artifact store: ${messageOf(error)}`
  console.error(text)
  if (runtime.failureFile !== undefined) await writeFile(runtime.failureFile, `${text}\n`)
  return JOB_EXIT.storeAway
}
