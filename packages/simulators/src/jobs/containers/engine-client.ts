import { request, type IncomingMessage, type RequestOptions } from 'node:http'
import { json, text } from 'node:stream/consumers'

import { messageOf } from '../message-of.ts'

/** The engine answered, and said no. */
export class EngineError extends Error {
  override readonly name: string = 'EngineError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** One call of the engine. */
export interface EngineCall {
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  /** Ends it. */
  readonly signal?: AbortSignal
  /** How long the engine may say nothing, in milliseconds; 0: for ever. Default: a minute. */
  readonly silenceMs?: number
}

const LONGEST_SILENCE_MS = 60_000

/**
 * The Engine API. Each call has a connection of its own. Rejects with an `EngineError` where the engine says no, with the signal's
 * reason, and with an `Error` that names the engine where it gives no answer.
 */
export class EngineClient {
  readonly host: string
  readonly #options: RequestOptions
  #version = ''

  /** `unix:///var/run/docker.sock` or `tcp://127.0.0.1:2375`. Throws a `RangeError` for anything else. */
  constructor(host: string) {
    this.host = host
    const url = URL.canParse(host) ? new URL(host) : undefined
    if (url?.protocol === 'unix:' && url.host === '') {
      this.#options = { socketPath: decodeURIComponent(url.pathname), agent: false }
    } else if (url !== undefined && ['tcp:', 'http:'].includes(url.protocol) && url.hostname !== '') {
      this.#options = {
        host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: url.port === '' ? 2375 : Number(url.port),
        agent: false,
      }
    } else {
      throw new RangeError(`${host} is no address of an engine on this machine: write unix:///var/run/docker.sock`)
    }
  }

  /** Asks for the version of the API that the engine speaks best: all later calls are made in it. */
  async greet(options: EngineCall): Promise<void> {
    const answer = await this.stream('GET', '/_ping', options)
    answer.resume()
    const version = answer.headers['api-version']
    this.#version = typeof version === 'string' ? `/v${version}` : ''
  }

  /** A call whose answer is JSON, or nothing. */
  async call<T>(method: string, path: string, options: EngineCall = {}): Promise<T> {
    const answer = await this.stream(method, path, options)
    if (answer.statusCode === 204 || answer.statusCode === 304) {
      answer.resume()
      return undefined as T
    }
    return (await this.#reading(json(answer), options)) as T
  }

  /** A call whose answer is read as it comes. */
  async stream(method: string, path: string, options: EngineCall = {}): Promise<IncomingMessage> {
    const answer = await this.#reading(this.#send(method, path, options), options)
    const status = answer.statusCode ?? 0
    if ((status >= 200 && status < 300) || status === 304) return answer
    throw new EngineError(status, messageIn(await this.#reading(text(answer), options), status))
  }

  async #send(method: string, path: string, options: EngineCall): Promise<IncomingMessage> {
    const { query = {}, body, headers = {}, signal, silenceMs = LONGEST_SILENCE_MS } = options
    const search = new URLSearchParams(query).toString()
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const answered = Promise.withResolvers<IncomingMessage>()
    const sent = request({
      ...this.#options,
      method,
      path: `${this.#version}${path}${search === '' ? '' : `?${search}`}`,
      ...(signal !== undefined && { signal }),
      headers: {
        ...headers,
        ...(bytes !== undefined && { 'content-type': 'application/json' }),
        ...(method !== 'GET' && { 'content-length': bytes?.length ?? 0 }),
      },
    })
    sent.setTimeout(silenceMs, () => sent.destroy(new Error(`no answer for ${silenceMs / 1_000} s`)))
    sent.on('response', answered.resolve).on('error', answered.reject).end(bytes)
    return answered.promise
  }

  async #reading<T>(answer: Promise<T>, { signal }: EngineCall): Promise<T> {
    try {
      return await answer
    } catch (error) {
      signal?.throwIfAborted()
      throw new Error(`the engine ${this.host} gives no answer: ${messageOf(error)}`, { cause: error })
    }
  }
}

/** Whether the engine said that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof EngineError && error.status === 404
}

function messageIn(body: string, status: number): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown }
    if (typeof message === 'string') return message
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return body.trim() === '' ? `status ${status}` : body.trim()
}
