import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { ServiceGround } from '../ground/ground.ts'
import type { JobEntry } from '../ground/job-log.ts'
import { endByFault } from '../jobs/end-by-fault.ts'
import type { JobEnd, JobToRun } from '../jobs/job.ts'
import type { JobFaults } from '../jobs/job-faults.ts'
import { Machines } from '../jobs/machines.ts'
import { messageOf } from '../jobs/message-of.ts'
import { untilAborted } from '../jobs/until-aborted.ts'
import { uploadArtifacts } from './artifacts.ts'
import { downloadChannels } from './channels.ts'
import { Checkpoints } from './checkpoints.ts'
import { failureReasonOf } from './failure-reason.ts'
import { HaltError } from './halt.ts'
import type { SourcedImage } from './image-source.ts'
import { jobEnvironment } from './job-environment.ts'
import type { JobOutput } from './job-output.ts'
import type { JobRecord } from './job-record.ts'
import { hostsOf, makeMlFolder, ML_FOLDER, readFailure, type Host } from './ml-folder.ts'
import type { TrainingJobRequest } from './training-job.ts'

/** SageMaker stops a container with SIGTERM, and kills it after this time, in milliseconds of the simulator's clock. */
const STOP_GRACE_MS = 120_000

/** How a time on machines ended that was not halted. `lost`: they were taken away. */
export type AttemptEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'lost' }

/** What it works with. */
export interface AttemptTools {
  readonly ground: ServiceGround
  readonly record: JobRecord
  readonly image: SourcedImage
  readonly output: JobOutput
  /** Where it is written down. */
  readonly entry: Pick<JobEntry, 'begun'>
  readonly faults: JobFaults
  /** For the folders of this job. */
  readonly folder: string
  /** Aborted with a `HaltError`. */
  readonly halted: AbortSignal
}

/** One time of a job on machines: from the download of its inputs to the upload of its outputs. */
export class Attempt {
  readonly #tools: AttemptTools
  readonly #request: TrainingJobRequest
  /** By machine: what its container sees as `/opt/ml`. */
  readonly #folders: ReadonlyMap<Host, string>
  readonly #checkpoints: Checkpoints | undefined
  #isKilled = false
  #end: JobEnd | undefined

  constructor(tools: AttemptTools) {
    this.#tools = tools
    this.#request = tools.record.job.request
    const folder = join(tools.folder, randomBytes(4).toString('hex'))
    this.#folders = new Map(hostsOf(this.#request).map((host) => [host, join(folder, host.name)]))
    const { CheckpointConfig: config } = this.#request
    this.#checkpoints = config && new Checkpoints(config, tools.ground)
  }

  /** How the machine ended that decided. `undefined`: none has. */
  get end(): JobEnd | undefined {
    return this.#end
  }

  /** Runs it. Rejects with the `HaltError`, once nothing runs any more. */
  async run(): Promise<AttemptEnd> {
    const { ground, record } = this.#tools
    record.enter('Downloading')
    try {
      await this.#download()
    } catch (error) {
      if (error instanceof HaltError) throw error
      return { kind: 'failed', reason: `ClientError: Data download failed: ${messageOf(error)}` }
    }
    await this.#wait(ground.jobDelays.prepareMs)
    record.enter('Downloading', 'Downloading the training image')
    const machines = await this.#start()
    const over = new AbortController()
    const syncing = this.#checkpoints?.keep(over.signal)
    let end: AttemptEnd
    try {
      end = await this.#train(machines)
    } finally {
      over.abort()
      await machines.kill()
      this.#end = this.#endOf((await machines.ended).end)
      await syncing
    }
    const failure = await syncing
    return end.kind === 'done' && failure !== undefined ? uploadFailed(failure) : end
  }

  async #download(): Promise<void> {
    const { objects } = this.#tools.ground
    for (const [host, folder] of this.#folders) {
      await mkdir(folder, { recursive: true })
      await makeMlFolder(folder, this.#request, host)
      await downloadChannels(folder, { request: this.#request, host, objects })
      await this.#checkpoints?.restore(host.name, folder)
      this.#tools.halted.throwIfAborted()
    }
  }

  async #start(): Promise<Machines<Host>> {
    const { ground, record, image, output } = this.#tools
    const { job } = record
    const runner = await ground.jobRunner()
    const mounts = [...this.#folders].map(
      ([host, folder]) => [host, { [ML_FOLDER]: folder, ...this.#checkpoints?.mount(host.name) }] as const,
    )
    return Machines.start({
      name: job.name,
      ...image,
      ...commandOf(this.#request.AlgorithmSpecification ?? {}),
      environment: jobEnvironment(job, ground.endpoint()),
      folders: new Map(mounts),
      onLine: output.begin(),
      runner,
      clock: ground.clock,
    })
  }

  /** From the moment on that containers are started. */
  async #train(machines: Machines<Host>): Promise<AttemptEnd> {
    const { ground, record, entry, faults, halted } = this.#tools
    const { clock, ending } = ground
    try {
      if (await this.#unlessHalted(machines.begun)) {
        entry.begun()
        record.enter('Training')
        const met = await endByFault(machines, { faults, clock, signal: AbortSignal.any([halted, ending]) })
        if (met === 'interruption') return { kind: 'lost' }
        this.#isKilled = met === 'oom'
      }
      const { host, end } = await this.#unlessHalted(machines.ended)
      const failure = await readFailure(this.#folders.get(host) ?? '')
      const reason = failureReasonOf(this.#endOf(end), failure)
      const uploaded = await this.#upload(end)
      return reason === undefined ? uploaded : { kind: 'failed', reason }
    } catch (error) {
      if (!(error instanceof HaltError)) throw error
      await machines.stop(STOP_GRACE_MS, ending)
      const { end } = await machines.ended
      await this.#upload(end)
      throw error
    }
  }

  /** What is known of an end, beside what the machine says. */
  #endOf(end: JobEnd): JobEnd {
    return this.#isKilled && end.exitCode !== 0 ? { ...end, outOfMemory: true } : end
  }

  /** What the machines left, however they ended; those that never began left nothing. */
  async #upload({ startError }: JobEnd): Promise<AttemptEnd> {
    const { objects, jobDelays, clock, ending } = this.#tools.ground
    if (startError !== undefined) return { kind: 'done' }
    this.#tools.record.enter('Uploading')
    try {
      await uploadArtifacts([...this.#folders.values()], this.#request, objects)
    } catch (error) {
      return uploadFailed(error)
    }
    // One that is stopped takes its time, too.
    await clock.wait(jobDelays.finishMs, { signal: ending })
    return { kind: 'done' }
  }

  async #wait(ms: number): Promise<void> {
    const { clock, ending } = this.#tools.ground
    await clock.wait(ms, { signal: AbortSignal.any([this.#tools.halted, ending]) })
  }

  async #unlessHalted<T>(promise: Promise<T>): Promise<T> {
    return untilAborted(promise, AbortSignal.any([this.#tools.halted, this.#tools.ground.ending]))
  }
}

/** A bucket may be deleted while a job runs. */
function uploadFailed(error: unknown): AttemptEnd {
  return { kind: 'failed', reason: `ClientError: Artifact upload failed: ${messageOf(error)}` }
}

/** What a container is started with: without an entrypoint, that of the image with the word `train`. */
export function commandOf({
  ContainerEntrypoint: entrypoint,
  ContainerArguments: words,
}: Partial<NonNullable<TrainingJobRequest['AlgorithmSpecification']>>): Pick<JobToRun, 'command' | 'words'> {
  if (entrypoint === undefined) return { command: [], words: words ?? ['train'] }
  return { command: [...entrypoint, ...(words ?? [])] }
}
