import { setTimeout } from 'node:timers/promises'

import { nameOfError } from './s3-error.ts'
import { codeOf } from '@sidestep/core'

/** How often in a row a stream may break off without a byte in between. */
const MOST_BREAKS = 5
const FIRST_WAIT_MS = 100

/** A stream that can be gone on with. */
export interface ResumableStream {
  readonly first: AsyncIterable<Uint8Array>
  /** The rest of the very same object, from a byte on. Throws where there is no such object any more. */
  readonly from: (offset: number) => Promise<AsyncIterable<Uint8Array>>
  readonly signal: AbortSignal | undefined
}

/** The bytes of an object, over connections that break off. */
export async function* resumed({ first, from, signal }: ResumableStream): AsyncGenerator<Uint8Array> {
  let offset = 0
  let breaks = 0
  let stream: AsyncIterable<Uint8Array> | undefined = first
  for (;;) {
    try {
      stream ??= await from(offset)
      for await (const chunk of stream) {
        offset += chunk.length
        breaks = 0
        yield chunk
      }
      return
    } catch (error) {
      breaks += 1
      if (signal?.aborted === true || !isBreak(error) || breaks > MOST_BREAKS) throw error
    }
    stream = undefined
    await setTimeout(FIRST_WAIT_MS * 2 ** (breaks - 1), undefined, signal === undefined ? {} : { signal })
  }
}

const BREAKS: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** True for what a connection does, and false for what S3 says. */
function isBreak(error: unknown): boolean {
  if (BREAKS.has(codeOf(error) ?? '') || nameOfError(error) === 'TimeoutError') return true
  // Of a stream whose checksum is checked on the way, the SDK says it without a code.
  return error instanceof Error && error.message.startsWith('Connection lost or stream closed')
}
