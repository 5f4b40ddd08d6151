import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { isTerminal, type JobLabels, type Observation, type SubmitOptions } from '@sidestep/core'
import { findProcess } from '@sidestep/core/process'
import { onTestFinished } from 'vitest'

import { readJson } from '../../src/files/json-file.ts'
import { JobFolder } from '../../src/job/job-folder.ts'
import { killJobProcesses, sendSignal } from '../../src/job/job-processes.ts'
import type { ExitRecord, JobRecord } from '../../src/job/job-record.ts'
import type { LocalRequest } from '../../src/job/job-request.ts'
import { LocalJobService, type LocalHandle } from '../../src/operator/local-job-service.ts'
import { temporaryFolder, writeScript } from './folders.ts'
import { shareCompileCache } from './runs.ts'
import { until } from './until.ts'

/** A home with jobs in it. What still runs when the test is over is killed. */
export class TestHome {
  readonly path: string
  readonly service: LocalJobService

  constructor(path: string) {
    this.path = path
    this.service = new LocalJobService({ home: path, resources: 'enforce', stopGraceMs: 10_000 })
  }

  /** @param compilesAlone Whether its supervisors share what they compile with no other home. Default: false. */
  static async create({ compilesAlone = false } = {}): Promise<TestHome> {
    const home = new TestHome(await temporaryFolder())
    if (!compilesAlone) await shareCompileCache(home.path)
    onTestFinished(async () => home.killAll())
    return home
  }

  /** A request that runs an ES module as the step's command. */
  async request(source: string, changes: Partial<LocalRequest> = {}): Promise<TestJob> {
    const token = randomBytes(16).toString('hex')
    const script = await writeScript(this.path, `${token}.mjs`, source)
    const folder = join(this.path, 'jobs', token)
    const request: LocalRequest = {
      folder,
      command: ['node', join(folder, 'step.mjs')],
      bundle: { path: script, uri: 's3://nowhere/bundle.mjs', sha256: '' },
      environment: {},
      secretNames: [],
      limits: { stopGraceMs: 500 },
      ...changes,
    }
    return new TestJob(this.service, request, {
      runId: 'run-1',
      stepRunId: 'train-1',
      attempt: 1,
      token,
      journalId: 'journal-1',
    })
  }

  /** Starts an ES module as a job. */
  async start(source: string, changes: Partial<LocalRequest> = {}): Promise<TestJob> {
    const job = await this.request(source, changes)
    await job.submit()
    return job
  }

  async killAll(): Promise<void> {
    for await (const { handle } of this.service.find({})) {
      const record = await readJson<JobRecord>(new JobFolder(handle.folder).job)
      const exit = await readJson(new JobFolder(handle.folder).exit)
      if (record !== undefined && exit === undefined) sendSignal(record.supervisor.pid, 'SIGKILL')
      await killJobProcesses({ token: handle.id }, 5_000)
    }
  }
}

export class TestJob {
  readonly service: LocalJobService
  readonly request: LocalRequest
  readonly labels: JobLabels
  readonly handle: LocalHandle
  readonly folder: JobFolder

  constructor(service: LocalJobService, request: LocalRequest, labels: JobLabels) {
    this.service = service
    this.request = request
    this.labels = labels
    this.handle = { id: labels.token, folder: request.folder }
    this.folder = new JobFolder(request.folder)
  }

  async submit(changes: Partial<SubmitOptions> & { readonly request?: LocalRequest } = {}): Promise<LocalHandle> {
    const { request = this.request, ...options } = changes
    return this.service.submit(request, {
      labels: this.labels,
      nonce: randomBytes(8).toString('hex'),
      fingerprint: fingerprintOf(request),
      secrets: {},
      signal: AbortSignal.timeout(20_000),
      ...options,
    })
  }

  async observe(): Promise<Observation> {
    const observation = (await this.service.observe([this.handle])).get(this.handle.id)
    if (observation === undefined) throw new Error('the job was not observed')
    return observation
  }

  async cancel(): Promise<void> {
    await this.service.cancel(this.handle)
  }

  /** Waits for the end of the job. */
  async ended(): Promise<Observation> {
    return until(`the end of ${this.request.folder}`, async () => {
      const observation = await this.observe()
      return isTerminal(observation.phase) && observation
    })
  }

  async record(): Promise<JobRecord> {
    return until('job.json', () => readJson<JobRecord>(this.folder.job))
  }

  async exit(): Promise<ExitRecord> {
    return until('exit.json', () => readJson<ExitRecord>(this.folder.exit))
  }

  /** Everything that the command printed so far. */
  async output(): Promise<string> {
    const offsets = await this.folder.providerLogOffsets()
    return (await Promise.all(offsets.map((offset) => readFile(this.folder.providerLog(offset), 'utf8')))).join('')
  }

  /** Waits until the command has printed a line that matches, and returns what its group holds. */
  async printed(pattern: RegExp): Promise<string> {
    return until(`${String(pattern)} in the output`, async () => pattern.exec(await this.output())?.[1])
  }
}

export function fingerprintOf(request: LocalRequest): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex')
}

/** Whether a process runs. One that ended and was not yet reaped by the machine's first process does not. */
export function isAlive(pid: number): boolean {
  return findProcess(pid) !== undefined
}
