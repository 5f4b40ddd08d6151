import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { DistributionError } from './distribution-error.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { OpenRequest } from './request-log.ts'

/** The connection was cut, by the client or by a fault: there is nobody to answer. */
export class CutError extends Error {}

/** Bytes that are sent at a time. */
const PIECE_BYTES = 256 * 1024

type Headers = Readonly<Record<string, string | number>>

/** A request and its answer, with the faults that act on bytes. */
export class Exchange {
  readonly request: IncomingMessage
  readonly url: URL
  readonly #response: ServerResponse
  readonly #log: OpenRequest
  readonly #faults: FaultPlan

  constructor(request: IncomingMessage, response: ServerResponse, log: OpenRequest, faults: FaultPlan) {
    this.request = request
    const path = request.url ?? '/'
    this.url = new URL(`http://registry${path.startsWith('/') ? path : '/'}`)
    this.#response = response
    this.#log = log
    this.#faults = faults
  }

  /** Of the request. */
  get method(): string {
    return this.request.method ?? 'GET'
  }

  /** Of the request; `undefined`: the body comes in chunks, and nobody knows how long it is. */
  get contentLength(): number | undefined {
    const { 'content-length': length, 'transfer-encoding': encoding } = this.request.headers
    if (length !== undefined) return Number(length)
    return encoding === undefined ? 0 : undefined
  }

  /** The request's body, as slow and as cut as the faults say. Throws a `CutError` where it ends too early. */
  async *body(): AsyncGenerator<Uint8Array> {
    let received = 0
    try {
      // Who stops reading still wants to answer: the connection stays.
      const chunks: AsyncIterable<Buffer> = this.request.iterator({ destroyOnReturn: false })
      for await (const chunk of chunks) {
        const cut = this.#faults.cutUpload(received + chunk.length)
        const part = cut === undefined ? chunk : chunk.subarray(0, Math.max(0, cut - received))
        received += part.length
        this.#log.received += part.length
        await this.#faults.transfer(part.length)
        yield part
        if (cut !== undefined) this.cut()
      }
    } catch (error) {
      if (this.request.socket.destroyed) throw new CutError('the request was cut', { cause: error })
      throw error
    }
  }

  /** The request's body at once. Throws `SIZE_INVALID` (413) for more than `limit` bytes. */
  async bytes(limit: number): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.body()) {
      chunks.push(chunk)
      size += chunk.length
      if (size > limit) throw new DistributionError(413, 'SIZE_INVALID', `more than ${limit} bytes`)
    }
    return Buffer.concat(chunks)
  }

  /** Ends the connection without an answer. */
  cut(): never {
    this.request.socket.destroy()
    throw new CutError('the connection was cut')
  }

  /** Answers. To HEAD without the body, but with its length. */
  send(status: number, headers: Headers = {}, body: Uint8Array | string = ''): void {
    const bytes = Buffer.from(body)
    const length = status === 204 || status === 304 ? {} : { 'Content-Length': bytes.length }
    this.#head(status, { ...length, ...headers })
    if (this.method !== 'HEAD') this.#log.sent += bytes.length
    this.#response.end(this.method === 'HEAD' ? undefined : bytes)
  }

  /** Answers with JSON. */
  sendJson(status: number, value: unknown, headers: Headers = {}): void {
    this.send(status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(value))
  }

  /** Answers with stored bytes; `headers` say how many. To HEAD without them. */
  async stream(status: number, headers: Headers, open: () => Readable): Promise<void> {
    this.#head(status, headers)
    if (this.method === 'HEAD') {
      this.#response.end()
      return
    }
    try {
      await pipeline(this.#sending(open()), this.#response)
    } catch (error) {
      if (this.request.socket.destroyed) throw new CutError('the answer was cut', { cause: error })
      throw error
    }
  }

  async *#sending(content: Readable): AsyncGenerator<Uint8Array> {
    let sent = 0
    for await (const chunk of pieces(content)) {
      const cut = this.#faults.cutDownload(sent + chunk.length)
      const part = cut === undefined ? chunk : chunk.subarray(0, Math.max(0, cut - sent))
      await this.#faults.transfer(part.length)
      yield sent === 0 ? this.#faults.bytes(part) : part
      sent += part.length
      this.#log.sent += part.length
      if (cut === undefined) continue
      // What was written is to arrive: an error now would destroy the connection with it.
      this.request.socket.destroySoon()
      if (!this.request.socket.closed) await once(this.request.socket, 'close')
      throw new CutError('the answer was cut')
    }
  }

  /** True once the answer began. */
  get answered(): boolean {
    return this.#response.headersSent
  }

  #head(status: number, headers: Headers): void {
    this.#log.status = status
    this.#response.writeHead(status, { 'Docker-Distribution-Api-Version': 'registry/2.0', ...headers })
  }
}

async function* pieces(content: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) yield chunk.subarray(start, start + PIECE_BYTES)
  }
}
