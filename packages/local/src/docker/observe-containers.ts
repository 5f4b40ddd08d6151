import type { Observation } from '@sidestep/core'

import { TOKEN_LABEL } from './container-labels.ts'
import { isEndedFromOutside, observationOf } from './container-state.ts'
import type { Container, ListedContainer } from './container.ts'
import type { EngineClient } from './engine-client.ts'
import { inspectContainer } from './inspect-container.ts'

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
    const stopAsked = isEndedFromOutside(container) && (await this.#wasAskedToStop(container, signal))
    return observationOf(container, { at, stopAsked })
  }

  /**
   * Whether the engine that started the container was asked to stop it. One that was restarted in between remembers no start:
   * then the restart ended the container, by itself or by the signals that the new engine sent.
   */
  async #wasAskedToStop({ Id, State }: Container, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#client.stream('GET', '/events', {
      query: {
        since: String(Math.floor(Date.parse(State.StartedAt) / 1_000) - 1),
        // Of the very second of the end, all is to be heard.
        until: String(Math.floor(Date.parse(State.FinishedAt) / 1_000) + 1),
        filters: JSON.stringify({ container: [Id], event: ['start', 'kill', 'stop'] }),
      },
      signal,
    })
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    const lines = Buffer.concat(chunks).toString().split('\n')
    const actions = new Set(
      lines
        .filter((line) => line.trim() !== '')
        .map((line) => (JSON.parse(line) as { readonly Action: string }).Action),
    )
    return actions.has('start') && (actions.has('kill') || actions.has('stop'))
  }
}
