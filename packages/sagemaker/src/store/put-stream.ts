import { abortable } from './abortable.ts'
import { MultipartUpload } from './multipart-upload.ts'
import type { PutParameters } from './put-parameters.ts'
import type { S3Connection } from './s3-client.ts'
import { partsOf, type StreamPart } from './stream-parts.ts'

/** A stream, and where it goes. */
export interface PutStream {
  readonly parameters: PutParameters
  readonly body: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal | undefined
}

/** How many parts are in memory at once: one that is gathered, the others on their way. */
const AT_ONCE = 3

/**
 * Writes a stream of unknown length as one object, with flat memory: what fits into one part is put at once, anything else goes part by
 * part. Resolves to its size in bytes. When it rejects, nothing is sent any more, and the parts are removed. (`Upload` of
 * `@aws-sdk/lib-storage` settles an abort before it has cleaned up, and sends the rest of a stream after a part has failed.)
 */
export async function putStream(connection: S3Connection, { parameters, body, signal }: PutStream): Promise<number> {
  const failure = new AbortController()
  const either = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal])
  const parts = partsOf(abortable(body, either))
  try {
    const first = await nextOf(parts)
    if (first === undefined) throw new Error('a stream has at least one part')
    if (first.isLast) {
      const { sdk, partClient } = connection
      await partClient.send(new sdk.PutObjectCommand({ ...parameters, Body: first.bytes }), { abortSignal: either })
      return first.bytes.length
    }
    const upload = await MultipartUpload.begin(connection, parameters, either)
    try {
      await sendAll(first, parts, { failure, send: async (part) => upload.send(part, either) })
      return await upload.complete(either)
    } catch (error) {
      throw await upload.abort(error)
    }
  } finally {
    await parts.return(undefined)
  }
}

interface Sending {
  /** Aborted by the first part that fails: it ends the others, and the stream. */
  readonly failure: AbortController
  readonly send: (part: StreamPart) => Promise<void>
}

/** Sends parts as there is room. All have ended when it settles. */
async function sendAll(first: StreamPart, rest: AsyncGenerator<StreamPart>, { failure, send }: Sending): Promise<void> {
  const work = async (own: StreamPart | undefined): Promise<void> => {
    try {
      let part = own ?? (await nextOf(rest))
      while (part !== undefined) {
        await send(part)
        part = await nextOf(rest)
      }
    } catch (error) {
      if (!failure.signal.aborted) failure.abort(error)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(index === 0 ? first : undefined)))
  if (failure.signal.aborted) throw failure.signal.reason
}

async function nextOf(parts: AsyncGenerator<StreamPart>): Promise<StreamPart | undefined> {
  const next = await parts.next()
  return next.done === true ? undefined : next.value
}
