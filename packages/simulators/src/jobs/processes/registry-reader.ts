import { createHash } from 'node:crypto'
import { request, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'

import { messageOf } from '../message-of.ts'
import type { ImageName } from '../image-name.ts'
import type { RegistryLogin } from '../job.ts'

const LONGEST_SILENCE_MS = 60_000
const MOST_REDIRECTS = 3
/** Of a manifest or a config, in bytes. */
const MOST_BYTES = 8 * 1024 * 1024
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/
const ACCEPT = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

/** Reads from one repository of a registry on this machine, by plain HTTP. */
export class RegistryReader {
  readonly #base: URL
  readonly #signal: AbortSignal
  readonly #authorization: string | undefined

  /** Throws where the registry is not on this machine. `signal` ends all reading. Without a `login`, nobody in particular reads. */
  constructor(
    { host, repository }: Pick<ImageName, 'host' | 'repository'>,
    signal: AbortSignal,
    login?: RegistryLogin,
  ) {
    const base = `http://${host}/v2/${repository}/`
    if (!URL.canParse(base) || !LOOPBACK.test(new URL(base).hostname)) {
      throw new Error(
        `the registry ${host} is not on this machine: a job that is a process has its image from 127.0.0.1`,
      )
    }
    this.#base = new URL(base)
    this.#signal = signal
    this.#authorization = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
  }

  /** The digest that a tag stands for now. */
  async digestOf(tag: string): Promise<string> {
    const answer = await this.#get(new URL(`manifests/${tag}`, this.#base))
    return `sha256:${createHash('sha256')
      .update(await buffer(answer))
      .digest('hex')}`
  }

  /** A manifest. Rejects where its bytes are others. */
  async manifest(digest: string): Promise<unknown> {
    return this.#document('manifests', digest)
  }

  /** A blob that is JSON. Rejects where its bytes are others. */
  async config(digest: string): Promise<unknown> {
    return this.#document('blobs', digest)
  }

  /** The bytes of a blob as they come, not verified. They are to be read. */
  async blob(digest: string): Promise<IncomingMessage> {
    return this.#get(new URL(`blobs/${digest}`, this.#base))
  }

  async #document(kind: 'manifests' | 'blobs', digest: string): Promise<unknown> {
    const url = new URL(`${kind}/${digest}`, this.#base)
    const answer = await this.#get(url)
    if (Number(answer.headers['content-length'] ?? 0) > MOST_BYTES) {
      answer.destroy()
      throw new Error(`${url.href} is larger than a document of an image may be`)
    }
    const bytes = await buffer(answer)
    verify(url.href, digest, `sha256:${createHash('sha256').update(bytes).digest('hex')}`)
    try {
      return JSON.parse(bytes.toString())
    } catch (error) {
      throw new Error(`${url.href} is no JSON: ${messageOf(error)}`, { cause: error })
    }
  }

  async #get(url: URL, redirects: number = 0): Promise<IncomingMessage> {
    const answer = await this.#send(url)
    const status = answer.statusCode ?? 0
    if (status === 200) return answer
    answer.resume()
    const { location } = answer.headers
    if (status >= 300 && status < 400 && location !== undefined && redirects < MOST_REDIRECTS) {
      return this.#get(new URL(location, url), redirects + 1)
    }
    throw new Error(`GET ${url.href}: status ${status}`)
  }

  async #send(url: URL): Promise<IncomingMessage> {
    const answered = Promise.withResolvers<IncomingMessage>()
    // A storage that a registry leads to is not told who reads.
    const who = url.host === this.#base.host && this.#authorization !== undefined
    const headers = { accept: ACCEPT, ...(who && { authorization: this.#authorization }) }
    const sent = request(url, { agent: false, signal: this.#signal, headers })
    sent.setTimeout(LONGEST_SILENCE_MS, () => sent.destroy(new Error(`no answer for ${LONGEST_SILENCE_MS / 1_000} s`)))
    sent.on('response', answered.resolve).on('error', answered.reject).end()
    try {
      return await answered.promise
    } catch (error) {
      this.#signal.throwIfAborted()
      throw new Error(`GET ${url.href}: ${messageOf(error)}`, { cause: error })
    }
  }
}

/** Throws where bytes have another digest than they should. */
export function verify(what: string, expected: string, found: string): void {
  if (found !== expected) throw new Error(`${what} is damaged: its digest is ${found}`)
}
