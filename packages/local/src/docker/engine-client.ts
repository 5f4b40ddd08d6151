import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

import { SidestepError } from '@sidestep/core'

import { badGreeting, noAnswer, noContact } from './contact-error.ts'
import type { EngineAddress } from './docker-host.ts'
import { connectionTo, type EngineConnection } from './engine-connection.ts'

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

const LONGEST_SILENCE_MS = 60_000

/**
 * The Engine API, as Docker and Podman speak it. Rejects with an `EngineError` where the engine says no, and with a
 * `LAUNCH_FAILED` error of kind `infra` where it gives no answer.
 */
export class EngineClient {
  readonly #address: EngineAddress
  #connection: EngineConnection | undefined
  #version: Promise<string> | undefined

  constructor(address: EngineAddress) {
    this.#address = address
  }

  /** A call whose whole answer is JSON, or nothing. */
  async call<T>(method: string, path: string, options: EngineCall): Promise<EngineAnswer<T>> {
    const answer = await this.stream(method, path, options)
    const text = await this.#reading(textOf(answer))
    const date = answer.headers.date === undefined ? new Date() : new Date(answer.headers.date)
    return { status: answer.statusCode ?? 0, body: (text.trim() === '' ? undefined : JSON.parse(text)) as T, date }
  }

  /** A call whose answer is read as it comes. */
  async stream(method: string, path: string, options: EngineCall): Promise<IncomingMessage> {
    this.#version ??= this.#negotiate(options.signal).catch((error: unknown) => {
      this.#version = undefined
      throw error
    })
    return this.#checked(await this.#reading(this.#send(method, `${await this.#version}${path}`, options)))
  }

  /** The engine's own version of the API: calls without one are on their way out. */
  async #negotiate(signal: AbortSignal): Promise<string> {
    const { host } = this.#address
    const answer = await this.#send('GET', '/_ping', { signal }).catch((error: unknown) => {
      throw SidestepError.isInstance(error) ? error : noContact(error, host)
    })
    const status = answer.statusCode ?? 0
    if (status >= 400)
      throw badGreeting({ status, message: messageIn(await this.#reading(textOf(answer)), status) }, host)
    const version = answer.headers['api-version']
    answer.resume()
    return typeof version === 'string' ? `/v${version}` : ''
  }

  async #checked(answer: IncomingMessage): Promise<IncomingMessage> {
    const status = answer.statusCode ?? 0
    if ((status >= 200 && status < 300) || status === 304) return answer
    throw new EngineError(status, messageIn(await this.#reading(textOf(answer)), status))
  }

  async #send(method: string, path: string, options: EngineCall): Promise<IncomingMessage> {
    const { query, body, headers, signal, silenceMs = LONGEST_SILENCE_MS } = options
    signal.throwIfAborted()
    this.#connection ??= connectionTo(this.#address)
    const { secure, options: connection } = this.#connection
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`
    const text = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = (secure ? httpsRequest : httpRequest)({
        ...connection,
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
      const timer = setTimeout(() => sent.destroy(new Error(`no answer for ${silenceMs / 1_000} s`)), silenceMs)
      const done = (): void => clearTimeout(timer)
      sent.on('response', (answer) => {
        timer.refresh()
        answer.on('data', () => timer.refresh())
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
  }

  async #reading<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (SidestepError.isInstance(error)) throw error
      throw noAnswer(error, this.#address.host)
    }
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
