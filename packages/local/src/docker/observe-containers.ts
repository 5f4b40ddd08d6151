import type { Observation } from '@sidestep/core'

import { atMost } from './at-most.ts'
import { TOKEN_LABEL } from './container-labels.ts'
import { isEndedFromOutside, observationOf } from './container-state.ts'
import type { Container, ListedContainer } from './container.ts'
import type { EngineClient } from './engine-client.ts'
import { inspectContainer } from './inspect-container.ts'
import { wasAskedToStop } from './stop-events.ts'

/** Inspections at once: what a launcher begins with may be many. */
const LOOKS_AT_ONCE = 6

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
    for (const id of this.#running.keys()) {
      if (listed !== undefined && listed.stateOf.get(id) !== 'running') this.#running.delete(id)
    }
    const looks = await atMost(LOOKS_AT_ONCE, ids, async (id) => [id, await this.#look(id, listed, signal)] as const)
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
    // One that is not in the list is asked for by its name: absent from a list is not gone.
    const answer = await inspectContainer(this.#client, id, signal)
    if (answer === undefined) {
      return { phase: 'failed', at: new Date().toISOString(), gone: true, reason: 'its container was removed' }
    }
    const { body: container, date: at } = answer
    // Only lists tell when it is to be forgotten.
    if (listed !== undefined && container.State.Status === 'running') this.#running.set(id, container)
    const stopAsked = isEndedFromOutside(container) && (await wasAskedToStop(this.#client, container, signal))
    return observationOf(container, { at, stopAsked })
  }
}
