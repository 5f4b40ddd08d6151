import { createHash } from 'node:crypto'

import { invalidParameter } from './logs-errors.ts'

/** The tokens of GetLogEvents are good for a day. */
const TOKEN_MS = 24 * 3_600_000
const TOKEN = /^([fb])\/(\d{13})(\d{13})(\d{30})\/s$/

/** Where a read of a stream goes on. */
export interface StreamPosition {
  readonly direction: 'forward' | 'backward'
  /** Of the stream's events: forward, the first one that is read next; backward, the one behind the last. */
  readonly index: number
  /** True where the silence before the next event was looked through already. */
  readonly isPastSilence: boolean
}

/** `f/…/s` or `b/…/s`: of one stream, from one time. */
export function streamToken({ direction, index, isPastSilence }: StreamPosition, stream: string, now: number): string {
  const numbers = `${digits(2 * index + (isPastSilence ? 1 : 0))}${digits(Math.floor(now))}`
  const letter = direction === 'forward' ? 'f' : 'b'
  return `${letter}/${numbers}${sealOf(`${letter}${numbers}`, stream)}/s`
}

/** Throws for a token that this stream did not give out, and for one that is older than a day. */
export function readStreamToken(token: string, stream: string, now: number): StreamPosition {
  const [, letter = '', place = '', issued = '', seal] = TOKEN.exec(token) ?? []
  if (seal === undefined || seal !== sealOf(`${letter}${place}${issued}`, stream)) {
    throw invalidParameter('The specified nextToken is invalid.')
  }
  if (now - Number(issued) > TOKEN_MS) throw invalidParameter('The specified nextToken is expired.')
  return {
    direction: letter === 'f' ? 'forward' : 'backward',
    index: Math.floor(Number(place) / 2),
    isPastSilence: Number(place) % 2 === 1,
  }
}

function digits(number: number): string {
  return String(number).padStart(13, '0')
}

function sealOf(text: string, stream: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(['log stream', stream, text]))
    .digest('hex')
  return BigInt(`0x${digest.slice(0, 24)}`)
    .toString()
    .padStart(30, '0')
}
