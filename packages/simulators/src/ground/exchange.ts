import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { checkHeaders, withLengthLast, type AnswerHeaders } from './answer-headers.ts'
import type { CallFaults } from './call-faults.ts'
import type { OpenCall } from './call-log.ts'
import type { Clock } from './clock.ts'

export type { AnswerHeaders } from './answer-headers.ts'

/** The connection was cut, by the client or by a fault: there is nobody to answer. */
export class CutError extends Error {
  override readonly name: string = 'CutError'
}

/** What an exchange is made of. */
export interface ExchangeOptions {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The entry of the call log. */
  readonly call: OpenCall
  readonly clock: Clock
  /** Those of this call. */
  readonly faults: CallFaults
  /** Aborted as the simulator closes: ends every wait. */
  readonly ending: AbortSignal
}

/**
 * A request and its answer. Faults that act on the connection or the time act in here: a service sees none of them. Three need its
 * help, since only it knows what changes, what a list is, and what has a condition: see `effect`, `staleMs` and `isConflict`.
 */
export class Exchange {
  readonly request: IncomingMessage
  /** As browsers read it: `/a/../b` is `/b` in it. */
  readonly url: URL
  /** The path as it was sent, without the query: `/a/../b`. */
  readonly rawPath: string
  /** The entry of the call log. */
  readonly call: OpenCall
  readonly clock: Clock
  /** Those of this call. For the server and for this class: a service needs none of them. */
  readonly faults: CallFaults
  /** Aborted once there is nobody to answer any more, and as the simulator closes. */
  readonly signal: AbortSignal
  readonly #response: ServerResponse
  readonly #ending: AbortSignal
  readonly #effects: Promise<void>[] = []
  #answer: Promise<void> | undefined

  constructor({ request, response, call, clock, faults, ending }: ExchangeOptions) {
    this.request = request
    const target = request.url ?? '/'
    const path = target.startsWith('/') ? target : '/'
    this.url = new URL(`http://simulator${path}`)
    this.rawPath = path.split('?', 1)[0] ?? path
    this.call = call
    this.clock = clock
    this.faults = faults
    this.#response = response
    this.#ending = ending
    const gone = new AbortController()
    response.once('close', () => gone.abort(new CutError('there is nobody to answer any more')))
    // Of a body that was read in part the rest has to go, or the next request of the connection never comes in.
    response.once('finish', () => request.resume())
    this.signal = AbortSignal.any([gone.signal, ending])
  }

  /** Of the request. */
  get method(): string {
    return this.request.method ?? 'GET'
  }

  /** Of the request, `undefined` where it is absent; several are joined by `, `. */
  header(name: string): string | undefined {
    return this.request.headersDistinct[name.toLowerCase()]?.join(', ')
  }

  /** The request's body. Throws a `CutError` where it ends too early. */
  async *body(): AsyncGenerator<Uint8Array> {
    try {
      // Who stops reading still wants to answer: the connection stays.
      const chunks: AsyncIterable<Buffer> = this.request.iterator({ destroyOnReturn: false })
      for await (const chunk of chunks) {
        this.call.received += chunk.length
        yield chunk
      }
    } catch (error) {
      if (this.request.socket.destroyed) throw new CutError('the request was cut', { cause: error })
      throw error
    }
  }

  /** The request's body at once. Throws a `RangeError` for more than `limit` bytes. */
  async bytes(limit: number): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.body()) {
      size += chunk.length
      if (size > limit) throw new RangeError(`the request has more than ${limit} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  /** The body as JSON, into the call log too. Throws a `SyntaxError` where it is none, a `RangeError` as `bytes` does. */
  async json(limit: number): Promise<unknown> {
    const value: unknown = JSON.parse((await this.bytes(limit)).toString())
    this.call.request = value
    return value
  }

  /**
   * Changes what the provider keeps. With a `delayed-effect` it resolves at once, and the change happens later: so an operation that
   * can be answered before it happened does all its changes in one call of this, and takes nothing for the answer from it.
   */
  async effect(happen: () => void | Promise<void>): Promise<void> {
    const laterMs = this.faults.meetDelay('delayed-effect')
    if (laterMs === 0) await happen()
    else this.#effects.push(this.#happenLater(happen, laterMs))
  }

  /** How old the list has to be that this call answers with, in milliseconds. Who answers with a list asks this, once. */
  staleMs(): number {
    return this.faults.meetDelay('stale-list')
  }

  /** Whether a conditional write is to find that another operation got in its way. Who can answer so asks this, once. */
  isConflict(): boolean {
    return this.faults.meet('conflict')
  }

  /**
   * Answers. To HEAD without the body, but with its length. `Date` is the simulator's. Throws where it is answered already, and for a header
   * that cannot be sent.
   */
  send(status: number, headers: AnswerHeaders = {}, body: Uint8Array | string = ''): void {
    checkHeaders(headers)
    const bytes = Buffer.from(body)
    void this.#begin((slowMs) => {
      const write = (): void => {
        if (this.#isLost()) return
        const length = status === 204 || status === 304 ? {} : { 'Content-Length': bytes.length }
        this.#head(status, { ...length, ...headers })
        if (this.method !== 'HEAD') this.call.sent += bytes.length
        this.#response.end(this.method === 'HEAD' ? undefined : bytes)
      }
      if (slowMs > 0) return this.#slow(slowMs).then(write)
      write()
      return Promise.resolve()
    })
  }

  /** Answers with a stream; `headers` say how long it is. To HEAD without it. Throws as `send` does. */
  async stream(status: number, headers: AnswerHeaders, open: () => Readable): Promise<void> {
    checkHeaders(headers)
    await this.#begin(async (slowMs) => {
      if (slowMs > 0) await this.#slow(slowMs)
      if (this.#isLost()) return
      this.#head(status, headers)
      if (this.method === 'HEAD') this.#response.end()
      else await this.#pipe(open())
    })
  }

  /** Ends the connection without an answer. */
  cut(): never {
    this.request.socket.resetAndDestroy()
    throw new CutError('the connection was cut')
  }

  /** True once the answer began. */
  get answered(): boolean {
    return this.#answer !== undefined
  }

  /** For the server: resolves once the answer is out and everything has happened. Rejects with what went wrong with it. */
  async finish(): Promise<void> {
    const ends = await Promise.allSettled([this.#answer, ...this.#effects])
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  #begin(answer: (slowMs: number) => Promise<void>): Promise<void> {
    if (this.#answer !== undefined) throw new Error(`${this.call.operation} was answered twice`)
    const answering = answer(this.faults.meetDelay('slow'))
    this.#answer = answering
    // Who fails is told by `finish`, which comes later.
    answering.catch(() => undefined)
    return answering
  }

  async #slow(ms: number): Promise<void> {
    try {
      await this.clock.wait(ms, { signal: this.signal })
    } catch (error) {
      if (!this.signal.aborted) throw error
      throw new CutError('nobody waited for the slow answer', { cause: error })
    }
  }

  async #happenLater(happen: () => void | Promise<void>, ms: number): Promise<void> {
    try {
      await this.clock.wait(ms, { signal: this.#ending })
    } catch (error) {
      // A provider that is gone does nothing any more.
      if (this.#ending.aborted) return
      throw error
    }
    await happen()
  }

  /** It happened; nobody gets to know. */
  #isLost(): boolean {
    if (!this.faults.meet('reset-after')) return false
    this.request.socket.resetAndDestroy()
    return true
  }

  async #pipe(content: Readable): Promise<void> {
    try {
      await pipeline(content, (chunks) => this.#counted(chunks), this.#response)
    } catch (error) {
      if (isCut(error)) throw new CutError('the answer was cut', { cause: error })
      throw error
    }
  }

  async *#counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.call.sent += chunk.length
      yield chunk
    }
  }

  #head(status: number, headers: AnswerHeaders): void {
    const now = this.clock.now() + this.faults.meetDelay('clock-off')
    this.#response.writeHead(status, { Date: new Date(now).toUTCString(), ...withLengthLast(headers) })
    this.call.status = status
  }
}

/** A file that cannot be read destroys the connection too: what the error is decides, not whether there is a connection. */
function isCut(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EPIPE'].includes(code)
}
