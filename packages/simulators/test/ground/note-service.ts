import { createReadStream } from 'node:fs'

import type { Exchange } from '../../src/ground/exchange.ts'
import type { ServiceGround } from '../../src/ground/ground.ts'
import { History } from '../../src/ground/history.ts'
import { ServiceError, type ErrorKind, type RequestLine, type Service } from '../../src/ground/service.ts'
import type { CallRate } from '../../src/ground/token-bucket.ts'

const ERRORS: Readonly<Record<ErrorKind, readonly [number, string]>> = {
  throttle: [429, 'TooManyNotes'],
  'server-error': [500, 'NotesBroken'],
  'expired-token': [403, 'NotesExpired'],
  capacity: [507, 'NoPaper'],
}

/** A small provider of its own: notes are put, read and listed; a file is streamed. `BreakNote` breaks it. */
export class NoteService implements Service {
  readonly name = 'notes'
  readonly rates: Readonly<Record<string, CallRate>>
  readonly #notes: History<string>
  closed = false

  constructor({ clock, listDelayMs }: ServiceGround, rates: Readonly<Record<string, CallRate>> = {}) {
    this.rates = rates
    this.#notes = new History({ clock, listDelayMs })
  }

  operationOf({ method, url, rawPath }: RequestLine): string | undefined {
    if (url.pathname === '/notes') return 'ListNotes'
    if (url.pathname.startsWith('/break')) return 'BreakNote'
    if (url.pathname === '/file') return 'ReadFile'
    if (url.pathname === '/json') return 'PostJson'
    if (rawPath === '/trip') throw new Error('operationOf tripped')
    if (!rawPath.startsWith('/notes/')) return undefined
    return method === 'PUT' ? 'PutNote' : 'GetNote'
  }

  async serve(exchange: Exchange): Promise<void> {
    const key = exchange.rawPath.slice('/notes/'.length)
    switch (exchange.call.operation) {
      case 'ListNotes':
        exchange.send(200, {}, this.#notes.list('', { staleMs: exchange.staleMs() }).join(','))
        break
      case 'PutNote': {
        const text = (await exchange.bytes(1_000_000)).toString()
        await exchange.effect(() => {
          if (text === 'refused later') throw new ServiceError(409, 'NoteRefused', 'too late to be told')
          this.#notes.set(key, text)
        })
        exchange.send(201, { 'X-Note': key })
        break
      }
      case 'GetNote': {
        const text = this.#notes.get(key)
        if (text === undefined) throw new ServiceError(404, 'NoSuchNote', `there is no ${key}`, { 'X-Try': 'another' })
        exchange.send(200, { ETag: 'x' }, text)
        break
      }
      case 'ReadFile': {
        const path = exchange.header('X-Path') ?? ''
        await exchange.stream(200, { 'Content-Length': Number(exchange.header('X-Size')) }, () =>
          createReadStream(path),
        )
        break
      }
      case 'PostJson':
        exchange.send(200, {}, JSON.stringify(await exchange.json(100)))
        break
      default:
        if (exchange.url.searchParams.has('mute')) return
        throw new TypeError('a mistake of the service')
    }
  }

  answerError(exchange: Exchange, { status, code, message, headers }: ServiceError): void {
    exchange.send(status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify({ code, message }))
  }

  errorFor(kind: ErrorKind): ServiceError {
    const [status, code] = ERRORS[kind]
    return new ServiceError(status, code, `as it was asked: ${kind}`)
  }

  async close(): Promise<void> {
    this.closed = true
  }
}
