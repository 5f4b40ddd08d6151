import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'

import type { Engine } from './engine.ts'

/** What the engine has told of a container. */
export interface ToldContainer {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  /** When it ended last, in milliseconds since 1970. */
  readonly endedAt?: number
}

interface EngineEvent {
  readonly Action: string
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> }
  readonly timeNano: number
}

/** Containers as the engine tells of them. The operator removes those that are over: here they are still known. */
export class ContainerEvents {
  readonly #answer: IncomingMessage
  readonly #told: Map<string, ToldContainer> = new Map()
  #closed = false

  private constructor(answer: IncomingMessage) {
    this.#answer = answer
  }

  /** Listens from now on. A stream that breaks ends the process: what the matrix says would not be true. */
  static async listen(engine: Engine): Promise<ContainerEvents> {
    const filters = { type: ['container'], event: ['create', 'die'], label: ['dev.sidestep.token'] }
    const since = String(Math.floor(Date.now() / 1_000))
    const answer = await engine.open('GET', '/events', { since, filters: JSON.stringify(filters) })
    const events = new ContainerEvents(answer)
    void events.#read()
    return events
  }

  /** Those of runs. */
  of(runIds: readonly string[]): readonly ToldContainer[] {
    return [...this.#told.values()].filter(({ labels }) => runIds.includes(labels['dev.sidestep.run'] ?? ''))
  }

  close(): void {
    this.#closed = true
    this.#answer.destroy()
  }

  async #read(): Promise<void> {
    try {
      for await (const line of createInterface({ input: this.#answer })) this.#note(JSON.parse(line) as EngineEvent)
      throw new Error('the engine tells no more events')
    } catch (error) {
      if (!this.#closed) throw error
    }
  }

  #note({ Action, Actor, timeNano }: EngineEvent): void {
    const { ID: id, Attributes: labels } = Actor
    this.#told.set(id, Action === 'die' ? { id, labels, endedAt: timeNano / 1e6 } : { id, labels })
  }
}
