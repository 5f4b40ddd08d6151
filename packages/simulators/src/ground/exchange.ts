import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'

import type { OpenCall } from './call-log.ts'
import type { Clock } from './clock.ts'
import type { Fault } from './faults.ts'

/** The connection was cut, by the client or by a fault: there is nobody to answer. */
export class CutError extends Error {
  override readonly name: string = 'CutError'
}

/** What an answer has before its body. */
export type AnswerHeaders = Readonly<Record<string, string | number>>

/** A request and its answer. Faults that act on the connection or the time act in here: a service sees none of them. */
export class Exchange {
  readonly request: IncomingMessage
  readonly url: URL
  /** The entry of the call log. */
  readonly call: OpenCall
  readonly clock: Clock
  /** Those of this call. */
  readonly faults: readonly Fault[]

  constructor(_options: {
    readonly request: IncomingMessage
    readonly response: ServerResponse
    readonly call: OpenCall
    readonly clock: Clock
    readonly faults: readonly Fault[]
  }) {
    throw new Error('not there yet')
  }

  /** Of the request. */
  get method(): string {
    throw new Error('not there yet')
  }

  /** Of the request, `undefined` where it is absent; several are joined by `, `. */
  header(_name: string): string | undefined {
    throw new Error('not there yet')
  }

  /** The request's body. Throws a `CutError` where it ends too early. */
  body(): AsyncGenerator<Uint8Array> {
    throw new Error('not there yet')
  }

  /** The request's body at once. Throws a `RangeError` for more than `limit` bytes. */
  async bytes(_limit: number): Promise<Buffer> {
    throw new Error('not there yet')
  }

  /** The body as JSON, into the call log too. Throws a `SyntaxError` where it is none. */
  async json(_limit: number): Promise<unknown> {
    throw new Error('not there yet')
  }

  /** Answers. To HEAD without the body, but with its length. `Date` is the simulator's. */
  send(_status: number, _headers?: AnswerHeaders, _body?: Uint8Array | string): void {
    throw new Error('not there yet')
  }

  /** Answers with a stream; `headers` say how long it is. To HEAD without it. */
  async stream(_status: number, _headers: AnswerHeaders, _open: () => Readable): Promise<void> {
    throw new Error('not there yet')
  }

  /** Ends the connection without an answer. */
  cut(): never {
    throw new Error('not there yet')
  }

  /** True once the answer began. */
  get answered(): boolean {
    throw new Error('not there yet')
  }
}
