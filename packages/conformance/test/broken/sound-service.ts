import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import {
  codeOf,
  SidestepError,
  type FoundJob,
  type JobHandle,
  type JobLabels,
  type JobQuery,
  type JobService,
  type JobToPrepare,
  type Observation,
  type ProviderLogPage,
  type SubmitOptions,
} from '@sidestep/core'

/** What a job is made from. */
export interface SoundRequest {
  readonly bundle: string
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** A job as its provider has it. */
export interface SoundJob extends FoundJob<JobHandle> {
  readonly child: ChildProcess
  readonly log: string[]
  /** That somebody asked for it. */
  stopping: boolean
}

/** The jobs of every folder: what a provider would keep. */
const PROVIDER = new Map<string, Map<string, SoundJob>>()

/**
 * Jobs that are processes, known to all instances of this process. It stands for a provider and its client in one: the provider's
 * part is this module, which a launcher that is really killed would take with it, and jobs write into pipes that this process
 * reads. So it is a specimen for what the suite simulates, and no example of an operator: for one, see `nohup` in docs/writing-flavors.md.
 */
export class SoundService implements JobService<object, SoundRequest, JobHandle> {
  readonly scope: string
  readonly pollIntervalMs: { readonly min: number; readonly max: number } = { min: 25, max: 250 }
  readonly createTimeoutMs: number = 10_000
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    this.scope = folder
  }

  async facts(): Promise<undefined> {}

  prepare({ info, command, environment }: JobToPrepare<object, undefined>): SoundRequest {
    return { bundle: info.bundle.path, arguments: command.slice(2), environment }
  }

  async submit(request: SoundRequest, options: SubmitOptions): Promise<JobHandle> {
    const { fingerprint, labels } = options
    const id = this.idOf(labels)
    // Another create of the same name may come first also while this one goes on.
    const there = this.jobs.get(id) ?? (await this.start(id, request, options))
    if (there.fingerprint === fingerprint) return there.handle
    throw new SidestepError(`the job ${id} was made from another request`, { code: 'LAUNCH_CONFLICT', kind: 'config' })
  }

  async *find(query: JobQuery): AsyncGenerator<FoundJob<JobHandle>> {
    for (const { handle, labels, fingerprint, nonce } of this.jobs.values()) {
      if (this.fits(labels, query)) yield { handle, labels, fingerprint, nonce }
    }
  }

  async observe(handles: readonly JobHandle[]): Promise<ReadonlyMap<string, Observation>> {
    const at = new Date().toISOString()
    return new Map(
      handles.map(({ id }) => {
        const job = this.jobs.get(id)
        return [id, job === undefined ? { phase: 'failed', gone: true, at } : { ...this.stateOf(job), at }]
      }),
    )
  }

  async cancel({ id }: JobHandle): Promise<void> {
    const job = this.jobs.get(id)
    if (job === undefined) return
    job.stopping = true
    job.child.kill('SIGTERM')
  }

  async logs({ id }: JobHandle, cursor: string | undefined): Promise<ProviderLogPage> {
    const lines = (this.jobs.get(id)?.log ?? []).slice(Number(cursor ?? 0))
    return { lines, cursor: String(Number(cursor ?? 0) + lines.length), more: false }
  }

  protected get jobs(): Map<string, SoundJob> {
    const known = PROVIDER.get(this.folder) ?? new Map<string, SoundJob>()
    PROVIDER.set(this.folder, known)
    return known
  }

  protected idOf({ token }: JobLabels): string {
    return token
  }

  protected fits(labels: JobLabels, { token, runId, journalId }: JobQuery): boolean {
    return (
      (token === undefined || labels.token === token) &&
      (runId === undefined || labels.runId === runId) &&
      (journalId === undefined || labels.journalId === journalId)
    )
  }

  protected stateOf({ child, stopping }: SoundJob): Omit<Observation, 'at'> {
    const { exitCode, signalCode } = child
    if (exitCode === null && signalCode === null) return { phase: stopping ? 'stopping' : 'running' }
    if (exitCode === 0) return { phase: 'succeeded', exitCode }
    if (stopping) return { phase: 'stopped' }
    return exitCode === null
      ? { phase: 'failed', reason: `it was ended by ${signalCode}` }
      : { phase: 'failed', exitCode }
  }

  /** The nonce that the job is given. */
  protected nonceOf({ nonce }: SubmitOptions): string {
    return nonce
  }

  protected environmentOf({ environment }: SoundRequest): Readonly<Record<string, string>> {
    return environment
  }

  protected async start(id: string, request: SoundRequest, options: SubmitOptions): Promise<SoundJob> {
    const { labels, fingerprint, nonce, secrets } = options
    const log: string[] = []
    const cwd = join(this.folder, id)
    const env = {
      PATH: process.env['PATH'],
      ...this.environmentOf(request),
      ...secrets,
      SIDESTEP_NONCE: this.nonceOf(options),
    }
    await mkdir(cwd, { recursive: true })
    const again = this.jobs.get(id)
    if (again !== undefined) return again
    const child = spawn(process.execPath, [request.bundle, ...request.arguments], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const output of [child.stdout, child.stderr]) createInterface(output).on('line', (line) => log.push(line))
    const job: SoundJob = { handle: { id }, labels, fingerprint, nonce, child, log, stopping: false }
    this.jobs.set(id, job)
    return job
  }
}

/**
 * Ends all jobs and forgets them, with the places that they are in: one that a mistake has left goes on when its check is
 * over, and writes there.
 */
export async function endJobs(): Promise<void> {
  for (const [folder, jobs] of PROVIDER) {
    await Promise.all([...jobs.values()].map(async ({ child }) => endGroup(child)))
    // Jobs are in the place of their check, and that is in a folder of its own.
    await rm(join(folder, '..', '..'), { recursive: true, force: true, maxRetries: 5 })
  }
  PROVIDER.clear()
}

/** Also where its first process has ended: what that has started may not have. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  const ended = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit')
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
  await ended
}
