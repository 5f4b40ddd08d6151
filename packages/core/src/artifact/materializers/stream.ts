import type { ReadableStream } from 'node:stream/web'

import { messageOf, SidestepError } from '../../errors.ts'
import { webStream } from '../byte-stream.ts'
import type { LoadContext, Materialized, Materializer, SaveContext, ValueReader } from '../materializer.ts'
import { notStorable } from '../value-error.ts'

/**
 * Bytes that are never in memory as a whole: a web ReadableStream, a Node Readable or any async iterable of
 * Uint8Arrays. It comes back as a web stream.
 */
export const stream: Materializer<AsyncIterable<Uint8Array>> = {
  name: 'stream',

  accepts(value: unknown): value is AsyncIterable<Uint8Array> {
    return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
  },

  async save(value: AsyncIterable<unknown>, { name, signal }: SaveContext): Promise<Materialized> {
    return { body: onlyBytes(value, name, signal) }
  },

  async load(read: ValueReader, _meta: unknown, { signal }: LoadContext): Promise<ReadableStream<Uint8Array>> {
    return webStream(read.stream(signal))
  },
}

/** What the user's stream does wrong is the user's error, not the store's. */
async function* onlyBytes(
  source: AsyncIterable<unknown>,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source) {
      signal?.throwIfAborted()
      if (!(chunk instanceof Uint8Array)) throw notBytes(chunk, name)
      yield chunk
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (SidestepError.isInstance(error)) throw error
    throw notStorable(
      `${name} is a stream that failed: ${messageOf(error)}`,
      'See the cause: it was thrown by the stream itself.',
      error,
    )
  }
}

function notBytes(chunk: unknown, name: string): TypeError {
  return new TypeError(`${name} yielded a ${chunk === null ? 'null' : typeof chunk} where a Uint8Array was expected`)
}
