import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import {
  resolveLock,
  SidestepError,
  type FactsOptions,
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
import { isRunning, thisMachine, type ProcessIdentity } from '@sidestep/core/process'

import { makeFolder } from '../files/make-folder.ts'
import { createJson, readJson } from '../files/json-file.ts'
import { timeOfJob } from '../job/job-clock.ts'
import { JobFolder } from '../job/job-folder.ts'
import { sendSignal, signalJobProcesses } from '../job/job-processes.ts'
import type { JobRecord } from '../job/job-record.ts'
import { lookAtSupervisor } from '../job/supervision.ts'
import type { LocalRequest, RequestFile } from '../job/job-request.ts'
import type { LocalSettings } from '../local-config.ts'
import { observationOf } from './job-state.ts'
import { machineSize } from './machine-size.ts'
import { readProviderLog } from './provider-log.ts'
import { endOrphan, readEvidence } from './read-evidence.ts'
import { jobsFolder, prepareRequest, type LocalFacts } from './request.ts'
import type { ResolvedLocalConfig } from './schemas.ts'
import { startSupervisor } from './start-supervisor.ts'

/** A local job: its token, and where its files are. */
export interface LocalHandle extends JobHandle {
  /** Absolute path. */
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

  async facts({ bundle, projectFolder, stepName }: StepRunInfo, options: FactsOptions): Promise<LocalFacts> {
    const { signal, warn } = options
    const machine = machineSize()
    const { requirements } = bundle
    if (requirements.length === 0) return { machine }
    const origin = `docker.requirements of the step ${stepName}`
    const folder = join(this.#config.home, 'locks')
    const lock = await resolveLock(requirements, {
      projectFolder,
      folder,
      signal,
      origin,
      onSilence: warn,
    })
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
    const looks = await Promise.allSettled(
      handles.map(async (handle) => [handle.id, await observeJob(handle)] as const),
    )
    const seen = new Map(looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : [])))
    // One whose files cannot be read is not seen this time, and hides no other; where that is all, it is the trouble.
    const [first] = looks
    if (seen.size === 0 && first?.status === 'rejected') throw first.reason
    return seen
  }

  async cancel(handle: LocalHandle): Promise<void> {
    const folder = new JobFolder(handle.folder)
    const record = await readJson<JobRecord>(folder.job)
    if (record === undefined) return
    const supervision = lookAtSupervisor(record)
    if (supervision === 'running') await stopSupervised(folder, record)
    else if ((await readJson(folder.exit)) !== undefined) return
    else if (supervision === 'gone') await endOrphan(folder, record)
    else throw outOfReach(folder)
  }

  async logs(handle: LocalHandle, cursor: string | undefined): Promise<ProviderLogPage> {
    const folder = new JobFolder(handle.folder)
    const record = await readJson<JobRecord>(folder.job)
    const ended =
      record === undefined || lookAtSupervisor(record) === 'gone' || (await readJson(folder.exit)) !== undefined
    return readProviderLog(folder, cursor, { ended })
  }
}

async function observeJob({ folder }: LocalHandle): Promise<Observation> {
  const evidence = await readEvidence(new JobFolder(folder))
  const { record } = evidence
  return observationOf(evidence, record === undefined ? new Date() : timeOfJob(record, record.supervisor.bootId))
}

/** Asks the supervisor. A process that was stopped gets no signal but the one that lets it go on. */
async function stopSupervised(folder: JobFolder, { supervisor, labels }: JobRecord): Promise<void> {
  sendSignal(supervisor.pid, 'SIGTERM')
  sendSignal(supervisor.pid, 'SIGCONT')
  const leader = await readJson<ProcessIdentity>(folder.group)
  const group = leader !== undefined && isRunning(leader) ? { group: leader.pid } : {}
  await signalJobProcesses({ token: labels.token, ...group }, 'SIGCONT')
}

function outOfReach({ path }: JobFolder): SidestepError {
  return new SidestepError(
    `the job ${path} runs in another container of this machine, where its supervisor cannot be signalled from here`,
    {
      code: 'JOB_FAILED',
      kind: 'infra',
      hint: 'Cancel it from that container. If the container is gone, nothing of the job runs: remove the folder.',
    },
  )
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

/** A folder that machines share has jobs of each of them. */
function machineName(): string {
  const { id, host } = thisMachine()
  return id ?? host
}
