import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import {
  codeOf,
  type CallOptions,
  type FoundJob,
  type JobHandle,
  type JobQuery,
  type JobService,
  type JobToPrepare,
  type Observation,
  type ProviderLogPage,
  type StepRunInfo,
  type SubmitOptions,
} from '@sidestep/core'
import { local, type LocalHandle, type LocalRequest } from '@sidestep/local'

export interface CloudConfig {
  /** Absolute path of the home folder of the jobs. */
  readonly home: string
  /** The answer to the first create of each attempt is lost. */
  readonly losesAnswers: boolean
  /** False: `find` never shows a job, so that none is adopted. Default: true. */
  readonly finds?: boolean
}

type Inner = JobService<object, LocalRequest, LocalHandle, object>

export interface CloudFacts {
  readonly inner: Inner
  readonly facts: object
}

/** How long a job is there before `find` shows it, in milliseconds: longer than it is looked for after a lost answer. */
export const FIND_LAG_MS: number = 3_000

/** Each create makes a job of its own, in a folder named by the token and the create's nonce. */
export class CloudService implements JobService<object, object, JobHandle, CloudFacts> {
  readonly scope: string
  readonly pollIntervalMs: { readonly min: number; readonly max: number } = { min: 25, max: 500 }
  readonly createTimeoutMs: number = 5_000
  readonly #config: CloudConfig
  #loaded: Promise<Inner> | undefined

  constructor(config: CloudConfig) {
    this.#config = config
    this.scope = `cloud:${config.home}`
  }

  async facts(info: StepRunInfo, options: CallOptions): Promise<CloudFacts> {
    const inner = await this.#inner()
    return { inner, facts: await inner.facts(info, options) }
  }

  prepare({ facts: { inner, facts }, ...job }: JobToPrepare<object, CloudFacts>): object {
    return inner.prepare({ ...job, facts })
  }

  async submit(request: object, { labels, nonce, ...options }: SubmitOptions): Promise<JobHandle> {
    const token = `${labels.token}-${nonce.slice(0, 8)}`
    const own = (path: string): string => path.replace(labels.token, token)
    const { folder, command, ...rest } = request as LocalRequest
    const renamed = { ...rest, folder: own(folder), command: command.map(own) }
    const isFirst = !(await this.#names()).some((name) => name.startsWith(`${labels.token}-`))
    const handle = await (await this.#inner()).submit(renamed, { ...options, nonce, labels: { ...labels, token } })
    if (isFirst && this.#config.losesAnswers) throw new Error('connection reset')
    return handle
  }

  async *find({ token, ...query }: JobQuery, options: CallOptions): AsyncGenerator<FoundJob<JobHandle>> {
    if (this.#config.finds === false) return
    const inner = await this.#inner()
    for (const name of await this.#shown()) {
      if (token !== undefined && !name.startsWith(`${token}-`)) continue
      for await (const job of inner.find({ ...query, token: name }, options)) {
        yield { ...job, labels: { ...job.labels, token: name.slice(0, name.lastIndexOf('-')) } }
      }
    }
  }

  async observe(handles: readonly JobHandle[], options: CallOptions): Promise<ReadonlyMap<string, Observation>> {
    return (await this.#inner()).observe(handles as readonly LocalHandle[], options)
  }

  async cancel(handle: JobHandle, options: CallOptions): Promise<void> {
    await (await this.#inner()).cancel(handle as LocalHandle, options)
  }

  async logs(handle: JobHandle, cursor: string | undefined, options: CallOptions): Promise<ProviderLogPage> {
    return (await this.#inner()).logs(handle as LocalHandle, cursor, options)
  }

  /** Names of the jobs that are old enough to be shown. */
  async #shown(): Promise<readonly string[]> {
    const shown: string[] = []
    for (const name of await this.#names()) {
      const { birthtimeMs } = await stat(join(this.#folder, name))
      if (performance.timeOrigin + performance.now() - birthtimeMs >= FIND_LAG_MS) shown.push(name)
    }
    return shown
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    }
  }

  get #folder(): string {
    return join(this.#config.home, 'jobs')
  }

  #inner(): Promise<Inner> {
    this.#loaded ??= local({ home: this.#config.home })
      .load()
      .then((operator) => (operator as unknown as { readonly service: Inner }).service)
    return this.#loaded
  }
}
