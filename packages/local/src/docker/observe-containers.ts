import type { Observation } from '@sidestep/core'

import { TOKEN_LABEL } from './container-labels.ts'
import { isEndedFromOutside, observationOf } from './container-state.ts'
import type { Container, ListedContainer } from './container.ts'
import type { EngineClient } from './engine-client.ts'
import { inspectContainer } from './inspect-container.ts'

/** How long before its end an engine is asked back for what it did to a container, in seconds. */
const EVENTS_BEFORE_END = 120

interface ListedStates {
  readonly stateOf: ReadonlyMap<string, string>
  readonly at: Date
}

/**
 * Looks at many containers with one list, and an inspection of each that is not as it was. What a running container was
 * started with does not change and is remembered; an observer that remembers nothing sees the same.
 */
export class ContainerObserver {
  readonly #client: EngineClient
  readonly #running: Map<string, Container> = new Map()

  constructor(client: EngineClient) {
    this.#client = client
  }

  /** By container id. One that could not be looked at is missing; rejects where that is all of them. */
  async observe(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Observation>> {
    const listed = ids.length > 1 ? await this.#list(signal) : undefined
    const looks = await Promise.allSettled(ids.map(async (id) => [id, await this.#look(id, listed, signal)] as const))
    const seen = new Map(looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : [])))
    const [first] = looks
    if (seen.size === 0 && first?.status === 'rejected') throw first.reason
    return seen
  }

  async #list(signal: AbortSignal): Promise<ListedStates> {
    const { body, date } = await this.#client.call<readonly ListedContainer[]>('GET', '/containers/json', {
      query: { all: 'true', filters: JSON.stringify({ label: [TOKEN_LABEL] }) },
      signal,
    })
    return { stateOf: new Map(body.map(({ Id, State }) => [Id, State])), at: date }
  }

  async #look(id: string, listed: ListedStates | undefined, signal: AbortSignal): Promise<Observation> {
    const running = this.#running.get(id)
    if (running !== undefined && listed?.stateOf.get(id) === 'running') {
      return observationOf(running, { at: listed.at, stopAsked: false })
    }
    this.#running.delete(id)
    // One that is not in the list is asked for by its name: absent from a list is not gone.
    const answer = await inspectContainer(this.#client, id, signal)
    if (answer === undefined) {
      return { phase: 'failed', at: new Date().toISOString(), gone: true, reason: 'its container was removed' }
    }
    const { body: container, date: at } = answer
    if (container.State.Status === 'running') this.#running.set(id, container)
    const stopAsked = isEndedFromOutside(container) && (await this.#wasAskedToStop(container, at, signal))
    return observationOf(container, { at, stopAsked })
  }

  /** An engine forgets what it did when it ends: then it was its own end that ended the container. */
  async #wasAskedToStop({ Id, State }: Container, now: Date, signal: AbortSignal): Promise<boolean> {
    const since = Math.floor(Date.parse(State.FinishedAt) / 1_000) - EVENTS_BEFORE_END
    const answer = await this.#client.stream('GET', '/events', {
      query: {
        since: String(since),
        until: String(Math.floor(now.getTime() / 1_000)),
        filters: JSON.stringify({ container: [Id], event: ['kill', 'stop'] }),
      },
      signal,
    })
    for await (const chunk of answer) if ((chunk as Buffer).toString().trim() !== '') return true
    return false
  }
}
