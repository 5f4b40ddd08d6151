import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'

import { SidestepError } from '@sidestep/core'

import { badGreeting, noAnswer, noContact } from './contact-error.ts'
import type { EngineAddress } from './docker-host.ts'
import { connectionTo, https, type EngineConnection } from './engine-connection.ts'
import { untilAborted } from './until-aborted.ts'

/** The engine answered, and said no. */
export class EngineError extends Error {
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
  readonly signal: AbortSignal
  /** How long the engine may say nothing, in milliseconds. Default: the client's. */
  readonly silenceMs?: number
  /** Whether it goes on for minutes: where connections are few, it takes none from those that others wait for. Default: false. */
  readonly takesLong?: boolean
}

/** How a client waits. */
export interface EngineClientOptions {
  /** How long the engine may say nothing, in milliseconds. Default: a minute. */
  readonly silenceMs?: number
}

/** What the engine answered. */
export interface EngineAnswer<T> {
  /** 2xx or 304. */
  readonly status: number
  readonly body: T
  /** The engine's clock, to the second. */
  readonly date: Date
}

/** Else Node.js works out a name for TLS, with regular expressions whose compilation takes longer than the request. */
const WITHOUT_TLS: RequestOptions & { readonly servername: string } = { servername: '' }

const LONGEST_SILENCE_MS = 60_000

/**
 * The Engine API, as Docker and Podman speak it. Rejects with an `EngineError` where the engine says no, with a
 * `LAUNCH_FAILED` error of kind `infra` where it gives no answer in time, and with the reason of the caller's signal where
 * that is no time limit.
 */
export class EngineClient {
  readonly #address: EngineAddress
  readonly #silenceMs: number
  #connection: EngineConnection | undefined
  #version: Promise<string> | undefined

  constructor(address: EngineAddress, { silenceMs = LONGEST_SILENCE_MS }: EngineClientOptions = {}) {
    this.#address = address
    this.#silenceMs = silenceMs
  }

  /** A call whose whole answer is JSON, or nothing. */
  async call<T>(method: string, path: string, options: EngineCall): Promise<EngineAnswer<T>> {
    const answer = await this.#open(method, path, options)
    const text = await this.#reading(textOf(answer), options.signal)
    const date = answer.headers.date === undefined ? new Date() : new Date(answer.headers.date)
    return { status: answer.statusCode ?? 0, body: (text.trim() === '' ? undefined : JSON.parse(text)) as T, date }
  }

  /** A call whose answer is read as it comes; the reading rejects as the call does. It is to be read, or begun. */
  async stream(method: string, path: string, options: EngineCall): Promise<AsyncIterable<Buffer>> {
    return this.#chunksOf(await this.#open(method, path, options), options.signal)
  }

  async #open(method: string, path: string, options: EngineCall): Promise<IncomingMessage> {
    const { signal } = options
    // All wait for the one greeting: it does not end because one of them is stopped.
    this.#version ??= this.#negotiate().catch((error: unknown) => {
      this.#version = undefined
      throw error
    })
    const version = await this.#reading(untilAborted(this.#version, signal), signal)
    const answer = await this.#reading(this.#send(method, `${version}${path}`, options), signal)
    const status = answer.statusCode ?? 0
    if ((status >= 200 && status < 300) || status === 304) return answer
    throw new EngineError(status, messageIn(await this.#reading(textOf(answer), signal), status))
  }

  /** The engine's own version of the API: calls without one are on their way out. */
  async #negotiate(): Promise<string> {
    const { host } = this.#address
    const signal = AbortSignal.timeout(this.#silenceMs)
    const answer = await this.#send('GET', '/_ping', { signal }).catch((error: unknown) => {
      throw SidestepError.isInstance(error) ? error : noContact(error, host)
    })
    const status = answer.statusCode ?? 0
    if (status >= 400)
      throw badGreeting({ status, message: messageIn(await this.#reading(textOf(answer), signal), status) }, host)
    const version = answer.headers['api-version']
    answer.resume()
    return typeof version === 'string' ? `/v${version}` : ''
  }

  async #send(method: string, path: string, options: EngineCall): Promise<IncomingMessage> {
    const { query, body, headers, signal, silenceMs = this.#silenceMs, takesLong = false } = options
    signal.throwIfAborted()
    this.#connection ??= connectionTo(this.#address)
    const { secure, options: connection, longAgent } = this.#connection
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      const sent = (secure ? https().request : httpRequest)({
        ...(secure ? {} : WITHOUT_TLS),
        ...connection,
        ...(takesLong && longAgent !== undefined ? { agent: longAgent } : {}),
        method,
        path: `${path}${search}`,
        signal,
        headers: {
          ...headers,
          ...(text === undefined
            ? method === 'GET'
              ? {}
              : { 'content-length': 0 }
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      })
      let timer: NodeJS.Timeout | undefined
      const done = (): void => clearTimeout(timer)
      // Before that, it waits for one of few connections.
      sent.on('socket', () => {
        timer = setTimeout(() => sent.destroy(new Error(`no answer for ${silenceMs / 1_000} s`)), silenceMs)
      })
      sent.on('response', (answer) => {
        timer?.refresh()
        answer.on('data', () => timer?.refresh())
        // Listening for data must not begin to read.
        answer.pause()
        answer.on('close', done)
        resolve(answer)
      })
      sent.on('error', (error) => {
        done()
        reject(error)
      })
      sent.end(text)
    })
    // A request without a connection hears of its end only where it gets one.
    return untilAborted(answered, signal)
  }

  async *#chunksOf(answer: IncomingMessage, signal: AbortSignal): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of answer) yield chunk as Buffer
    } catch (error) {
      throw this.#failure(error, signal)
    }
  }

  async #reading<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await answer
    } catch (error) {
      throw this.#failure(error, signal)
    }
  }

  #failure(error: unknown, signal: AbortSignal): unknown {
    if (SidestepError.isInstance(error)) return error
    const { aborted, reason } = signal
    // Whoever waits no longer is told why. A time limit means that the engine was too slow.
    if (aborted && !(reason instanceof DOMException && reason.name === 'TimeoutError')) return reason
    return noAnswer(aborted ? reason : error, this.#address.host)
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function messageIn(text: string, status: number): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown }
    if (typeof message === 'string') return message
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return text.trim() === '' ? `status ${status}` : text.trim()
}
