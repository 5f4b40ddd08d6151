import { setTimeout as sleep } from 'node:timers/promises'

import {
  SidestepError,
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
import { thisMachine } from '@sidestep/core/process'

import { containerName, filtersOf, marksOf } from './container-labels.ts'
import { readLogPage, sinceOf } from './container-log.ts'
import { hasEnded } from './container-state.ts'
import type { Container, EngineInfo, ListedContainer } from './container.ts'
import { createBody } from './create-body.ts'
import type { DockerStepSettings } from './docker-config.ts'
import { isOnThisMachine } from './docker-host.ts'
import { EngineClient, EngineError, type EngineClientOptions } from './engine-client.ts'
import { factsOf, type EngineFacts } from './engine-facts.ts'
import { inspectContainer, isNotFound } from './inspect-container.ts'
import { ContainerObserver } from './observe-containers.ts'
import { pullImage } from './pull-image.ts'
import { RegistryLogins } from './registry-login.ts'
import { prepareRequest, type DockerRequest } from './request.ts'
import type { ResolvedDockerConfig } from './schemas.ts'
import { startError } from './start-error.ts'
import { untilAborted } from './until-aborted.ts'

/** A job's container. */
export interface DockerHandle extends JobHandle {
  /** The engine's id of the container; `id` is its name, as `docker logs` takes it. */
  readonly containerId: string
}

/** How often, and how many milliseconds apart, a container is looked for whose name is taken. */
const MOST_LOOKS = 50
const LOOK_EVERY_MS = 100
/** For how long the engine is not asked for its machine again, in milliseconds. */
const FACTS_FOR_MS = 5_000
/** What a stop may take beyond the time until SIGKILL, in milliseconds. */
const STOP_MARGIN_MS = 60_000
/** Between SIGTERM and SIGKILL where a container does not say it, in seconds. */
const ENGINES_STOP_TIMEOUT = 10

/** Jobs that are containers of one engine. What is known of them is in their labels and states, so any launcher goes on. */
export class DockerJobService implements JobService<DockerStepSettings, DockerRequest, DockerHandle, EngineFacts> {
  readonly scope: string
  readonly pollIntervalMs: { readonly min: number; readonly max: number } = { min: 100, max: 1_000 }
  /** An image that was removed since the launch began is pulled by the create. */
  readonly createTimeoutMs: number = 10 * 60_000
  /** Of the engine that the jobs run on. */
  readonly client: EngineClient
  /** With which the engine pulls images. */
  readonly logins: RegistryLogins = new RegistryLogins()
  readonly #config: ResolvedDockerConfig
  readonly #observer: ContainerObserver
  #facts: { readonly asked: Promise<EngineFacts>; readonly until: number } | undefined

  constructor(config: ResolvedDockerConfig, options: EngineClientOptions = {}) {
    this.#config = config
    const { host } = config.engine
    const { id, host: name } = thisMachine()
    this.scope = isOnThisMachine(host) ? `${id ?? name}:${host}` : host
    this.client = new EngineClient(config.engine, options)
    this.#observer = new ContainerObserver(this.client)
  }

  async facts(_info: StepRunInfo, options: CallOptions): Promise<EngineFacts> {
    return this.engineFacts(options)
  }

  /** What the engine says about its machine and itself, or said within the last seconds. */
  async engineFacts({ signal }: CallOptions): Promise<EngineFacts> {
    let facts = this.#facts
    if (facts === undefined || facts.until <= performance.now()) {
      const asked = this.#askForFacts()
      facts = { asked, until: performance.now() + FACTS_FOR_MS }
      this.#facts = facts
      asked.catch(() => (this.#facts = undefined))
    }
    // Others wait for the same answer: it does not end because one of them is stopped.
    return untilAborted(facts.asked, signal)
  }

  async #askForFacts(): Promise<EngineFacts> {
    const { signal } = new AbortController()
    const { body } = await this.client.call<EngineInfo>('GET', '/info', { signal })
    const { host } = this.#config.engine
    const uid = process.getuid?.()
    const gid = process.getgid?.()
    return factsOf(body, uid === undefined || gid === undefined ? { host } : { host, self: { uid, gid } })
  }

  prepare(job: JobToPrepare<DockerStepSettings, EngineFacts>): DockerRequest {
    return prepareRequest(job, this.#config)
  }

  async submit(request: DockerRequest, options: SubmitOptions): Promise<DockerHandle> {
    const { signal } = options
    try {
      const there = await inspectContainer(this.client, request.name, signal)
      const container = there?.body ?? (await this.#create(request, options))
      checkSameRequest(container, request, options)
      // One that has ended is not started again. A start that comes late is a restart of the same job.
      if (container.State.Status === 'created') {
        await this.client.call('POST', `/containers/${container.Id}/start`, { signal })
      }
      return { id: request.name, containerId: container.Id }
    } catch (error) {
      throw startError(error, request)
    }
  }

  async *find(query: JobQuery, { signal }: CallOptions): AsyncGenerator<FoundJob<DockerHandle>> {
    const { body } = await this.client.call<readonly ListedContainer[]>('GET', '/containers/json', {
      query: { all: 'true', filters: filtersOf(query) },
      signal,
    })
    for (const { Id, Labels, State } of body) {
      const marks = marksOf(Labels)
      // One that was created and not started runs nothing: the next submit of its attempt starts it.
      if (marks === undefined || State === 'created') continue
      const { labels, fingerprint, nonce } = marks
      yield { handle: { id: containerName(labels.token), containerId: Id }, labels, fingerprint, nonce }
    }
  }

  async observe(handles: readonly DockerHandle[], { signal }: CallOptions): Promise<ReadonlyMap<string, Observation>> {
    const seen = await this.#observer.observe(
      handles.map(({ containerId }) => containerId),
      signal,
    )
    return new Map(
      handles.flatMap(({ id, containerId }) => {
        const observation = seen.get(containerId)
        return observation === undefined ? [] : [[id, observation] as const]
      }),
    )
  }

  async cancel({ containerId }: DockerHandle, { signal }: CallOptions): Promise<void> {
    const container = (await inspectContainer(this.client, containerId, signal))?.body
    if (container === undefined || hasEnded(container.State.Status)) return
    if (container.State.Status === 'created') return this.#remove(containerId, signal)
    // One that stands still takes no signal.
    if (container.State.Status === 'paused') await this.#post(containerId, 'unpause', signal)
    const stopTimeoutSeconds = container.Config.StopTimeout ?? ENGINES_STOP_TIMEOUT
    await this.#post(containerId, 'stop', signal, stopTimeoutSeconds * 1_000 + STOP_MARGIN_MS)
  }

  async logs(
    { containerId }: DockerHandle,
    cursor: string | undefined,
    { signal }: CallOptions,
  ): Promise<ProviderLogPage> {
    const query = { stdout: 'true', stderr: 'true', timestamps: 'true', since: sinceOf(cursor) }
    try {
      // Asked for before the log is read: then the log is whole.
      const container = await inspectContainer(this.client, containerId, signal)
      const ended = container !== undefined && hasEnded(container.body.State.Status)
      const log = await this.client.stream('GET', `/containers/${containerId}/logs`, { query, signal })
      return await readLogPage(log, cursor, { ended })
    } catch (error) {
      if (isNotFound(error)) return { lines: [], cursor: cursor ?? '', more: false }
      throw error
    }
  }

  async #create(request: DockerRequest, options: SubmitOptions): Promise<Container> {
    const { signal } = options
    const body = createBody(request, options)
    const create = async (): Promise<void> => {
      await this.client.call('POST', '/containers/create', { query: { name: request.name }, body, signal })
    }
    try {
      await create().catch(async (error: unknown) => {
        if (!isNotFound(error)) throw error
        await pullImage(this.client, request.image, {
          signal,
          login: await this.logins.loginFor(request.image, signal),
        })
        await create()
      })
    } catch (error) {
      // Another launcher was first: its container is the job.
      if (!(error instanceof EngineError && error.status === 409)) throw error
    }
    // A name is taken a moment before its container can be seen.
    for (let n = 0; n < MOST_LOOKS; n += 1) {
      if (n > 0) await sleep(LOOK_EVERY_MS, undefined, { signal })
      const created = await inspectContainer(this.client, request.name, signal)
      if (created !== undefined) return created.body
    }
    throw new SidestepError(`the container ${request.name} is being removed`, {
      code: 'LAUNCH_FAILED',
      kind: 'infra',
      hint: `Where the engine does not come to an end with it, \`docker rm -f ${request.name}\` may.`,
    })
  }

  /** A stop resolves when the container has stopped: SIGTERM, and SIGKILL after the time that it was created with. */
  async #post(
    containerId: string,
    action: 'stop' | 'unpause',
    signal: AbortSignal,
    silenceMs: number = STOP_MARGIN_MS,
  ): Promise<void> {
    try {
      await this.client.call('POST', `/containers/${containerId}/${action}`, { signal, silenceMs })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  async #remove(containerId: string, signal: AbortSignal): Promise<void> {
    try {
      // Not by force: one that was started meanwhile is refused, and the cancel repeated.
      await this.client.call('DELETE', `/containers/${containerId}`, { query: { v: 'true' }, signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

function checkSameRequest(
  { Config }: Container,
  { name }: DockerRequest,
  { labels, fingerprint }: SubmitOptions,
): void {
  const marks = marksOf(Config.Labels)
  if (marks?.labels.token === labels.token && marks.fingerprint === fingerprint) return
  throw new SidestepError(`the container ${name} exists, and was made from another request`, {
    code: 'LAUNCH_CONFLICT',
    kind: 'config',
    hint: `Start a new run, or remove it with \`docker rm ${name}\` if nothing of it is needed any more.`,
  })
}
