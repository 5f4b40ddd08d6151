import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

import {
  resolveLock,
  SidestepError,
  type CallOptions,
  type FoundJob,
  type JobHandle,
  type JobLabels,
  type JobQuery,
  type JobService,
  type JobToPrepare,
  type Observation,
  type ProviderLogPage,
  type StepRunInfo,
  type SubmitOptions,
} from '@sidestep/core'
import { codeOf } from '@sidestep/core/files'
import { isRunning } from '@sidestep/core/process'

import { makeFolder } from '../files/make-folder.ts'
import { createJson, readJson } from '../files/json-file.ts'
import { timeOfJob } from '../job/job-clock.ts'
import { JobFolder } from '../job/job-folder.ts'
import { sendSignal } from '../job/job-processes.ts'
import type { JobRecord } from '../job/job-record.ts'
import type { LocalRequest, RequestFile } from '../job/job-request.ts'
import type { LocalSettings } from '../local-config.ts'
import { observationOf } from './job-state.ts'
import { thisMachine } from './machine.ts'
import { readProviderLog } from './provider-log.ts'
import { endOrphan, readEvidence } from './read-evidence.ts'
import { jobsFolder, prepareRequest, type LocalFacts } from './request.ts'
import type { ResolvedLocalConfig } from './schemas.ts'
import { startSupervisor } from './start-supervisor.ts'

/** A local job: its token, and where its files are. */
export interface LocalHandle extends JobHandle {
  readonly folder: string
}

/** Jobs that are processes of this machine. What is known of them lies in files, so any launcher goes on from there. */
export class LocalJobService implements JobService<LocalSettings, LocalRequest, LocalHandle, LocalFacts> {
  readonly scope: string
  readonly pollIntervalMs: { readonly min: number; readonly max: number } = { min: 25, max: 500 }
  readonly createTimeoutMs: number = 60_000
  readonly #config: ResolvedLocalConfig

  constructor(config: ResolvedLocalConfig) {
    this.#config = config
    this.scope = `${machineName()}:${jobsFolder(config.home)}`
  }

  async facts({ bundle, projectFolder, stepName }: StepRunInfo, { signal }: CallOptions): Promise<LocalFacts> {
    const machine = thisMachine()
    const { requirements } = bundle
    if (requirements.length === 0) return { machine }
    const origin = `docker.requirements of the step ${stepName}`
    const folder = join(this.#config.home, 'locks')
    const lock = await resolveLock(requirements, { projectFolder, folder, signal, origin })
    return { machine, lock }
  }

  prepare(job: JobToPrepare<LocalSettings, LocalFacts>): LocalRequest {
    return prepareRequest(job, this.#config)
  }

  async submit(request: LocalRequest, options: SubmitOptions): Promise<LocalHandle> {
    const { labels, fingerprint, nonce, secrets, signal } = options
    const folder = new JobFolder(request.folder)
    const handle = { id: labels.token, folder: folder.path }
    await makeFolder(folder.path)
    const file: RequestFile = { fingerprint, labels, request }
    if (!(await createJson(folder.request, file))) await checkSameRequest(folder, fingerprint)
    if ((await readJson(folder.job)) === undefined) await startSupervisor(folder, { nonce, secrets }, signal)
    return handle
  }

  async *find(query: JobQuery): AsyncGenerator<FoundJob<LocalHandle>> {
    const tokens = query.token === undefined ? await foldersIn(jobsFolder(this.#config.home)) : [query.token]
    for (const token of tokens) {
      const folder = new JobFolder(join(jobsFolder(this.#config.home), token))
      const record = await readJson<JobRecord>(folder.job)
      if (record === undefined || !matches(record.labels, query)) continue
      const { labels, fingerprint, nonce } = record
      yield { handle: { id: token, folder: folder.path }, labels, fingerprint, nonce }
    }
  }

  async observe(handles: readonly LocalHandle[]): Promise<ReadonlyMap<string, Observation>> {
    const observations = handles.map(async ({ id, folder }) => {
      const evidence = await readEvidence(new JobFolder(folder))
      const { record } = evidence
      const now = record === undefined ? new Date() : timeOfJob(record, record.supervisor.bootId)
      return [id, observationOf(evidence, now)] as const
    })
    return new Map(await Promise.all(observations))
  }

  async cancel(handle: LocalHandle): Promise<void> {
    const folder = new JobFolder(handle.folder)
    const record = await readJson<JobRecord>(folder.job)
    if (record === undefined) return
    if (isRunning(record.supervisor)) sendSignal(record.supervisor.pid, 'SIGTERM')
    else if ((await readJson(folder.exit)) === undefined) await endOrphan(folder, record)
  }

  async logs(handle: LocalHandle, cursor: string | undefined): Promise<ProviderLogPage> {
    const folder = new JobFolder(handle.folder)
    const record = await readJson<JobRecord>(folder.job)
    const ended = record === undefined || !isRunning(record.supervisor) || (await readJson(folder.exit)) !== undefined
    return readProviderLog(folder, cursor, { ended })
  }
}

async function checkSameRequest(folder: JobFolder, fingerprint: string): Promise<void> {
  const existing = await readJson<RequestFile>(folder.request)
  if (existing?.fingerprint === fingerprint) return
  throw new SidestepError(`the job ${folder.path} exists, and was made from another request`, {
    code: 'LAUNCH_CONFLICT',
    kind: 'config',
    hint: 'Start a new run, or remove the folder if nothing of the job is needed any more.',
  })
}

function matches(labels: JobLabels, { token, runId, journalId }: JobQuery): boolean {
  return (
    (token === undefined || labels.token === token) &&
    (runId === undefined || labels.runId === runId) &&
    (journalId === undefined || labels.journalId === journalId)
  )
}

async function foldersIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Stays the same where a laptop changes networks; a folder that machines share has jobs of each of them. */
function machineName(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim() || hostname()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return hostname()
    throw error
  }
}
