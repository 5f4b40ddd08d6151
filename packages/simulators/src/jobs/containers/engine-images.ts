import { createInterface } from 'node:readline'

import { messageOf } from '../message-of.ts'
import type { RegistryLogin } from '../job.ts'
import { parseImageName } from '../image-name.ts'
import { untilAborted } from '../until-aborted.ts'
import { isNotFound, EngineError, type EngineClient } from './engine-client.ts'

/** Between two words of an engine that unpacks a large layer. */
const LONGEST_SILENCE_MS = 10 * 60_000

/** The images that jobs need: got from their registries once, and removed at the end where they were not there before. */
export class EngineImages {
  readonly #client: EngineClient
  readonly #ending = new AbortController()
  readonly #pulls = new Map<string, Promise<void>>()
  readonly #pulled = new Set<string>()

  constructor(client: EngineClient) {
    this.#client = client
  }

  /** Resolves, once the engine has an image, to whether it got it for this. Rejects with the signal's reason: others may wait on. */
  async provide(image: string, signal: AbortSignal, login?: RegistryLogin): Promise<boolean> {
    // By digest, so it is the same one.
    if (!(await this.#has(image))) {
      let pull = this.#pulls.get(image)
      if (pull === undefined) {
        pull = this.#pull(image, login).finally(() => this.#pulls.delete(image))
        this.#pulls.set(image, pull)
      }
      await untilAborted(pull, signal)
    }
    return this.#pulled.has(image)
  }

  /** Removes what was got. What containers of others use stays. */
  async close(): Promise<void> {
    this.#ending.abort(new Error('the simulator was closed'))
    await Promise.allSettled(this.#pulls.values())
    for (const image of this.#pulled) await removeImage(this.#client, image)
    this.#pulled.clear()
  }

  async #has(image: string): Promise<boolean> {
    try {
      await this.#client.call('GET', `/images/${image}/json`)
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
  }

  async #pull(image: string, login: RegistryLogin | undefined): Promise<void> {
    const { host, repository, digest } = parseImageName(image)
    const query = { fromImage: `${host}/${repository}`, tag: digest }
    const { signal } = this.#ending
    const auth = login && { ...login, serveraddress: host }
    const headers = auth && { 'X-Registry-Auth': Buffer.from(JSON.stringify(auth)).toString('base64url') }
    // Whatever it got until it was ended goes too.
    this.#pulled.add(image)
    try {
      const answer = await this.#client.stream('POST', '/images/create', {
        query,
        ...(headers !== undefined && { headers }),
        signal,
        silenceMs: LONGEST_SILENCE_MS,
      })
      for await (const line of createInterface({ input: answer })) {
        const { error } = (line === '' ? {} : JSON.parse(line)) as { readonly error?: string }
        if (error !== undefined) throw new EngineError(500, error)
      }
    } catch (error) {
      throw new Error(`the engine cannot pull ${image}: ${messageOf(error)}`, { cause: error })
    }
  }
}

/** Removes an image, unless it is gone or used. */
export async function removeImage(client: EngineClient, image: string): Promise<void> {
  try {
    await client.call('DELETE', `/images/${image}`)
  } catch (error) {
    if (!(error instanceof EngineError && (error.status === 404 || error.status === 409))) throw error
  }
}
