import type { ClientRequest, IncomingMessage } from 'node:http'
import { finished } from 'node:stream/promises'

import { ConnectionError } from './connection-error.ts'

/** The answer, with a body that has to be read, or given up by `discard`. */
export interface HttpAnswer {
  readonly status: number
  readonly message: IncomingMessage
  /** What was asked: not all of it may be sent when the answer comes. */
  readonly outgoing: ClientRequest
  /** Who gave it, after redirects. */
  readonly url: URL
}

/**
 * Gives up the rest of an answer, and waits until its connection is free for the next request, where that takes little or
 * nothing.
 */
export async function discard({ message, outgoing }: HttpAnswer): Promise<void> {
  message.on('error', () => {})
  // What a HEAD says of its length does not come.
  const left = outgoing.method === 'HEAD' ? 0 : Number(message.headers['content-length'] ?? 0)
  if (!outgoing.writableFinished || left > 65_536) {
    outgoing.destroy()
    return
  }
  message.resume()
  // Where it is cut, the next request has a connection of its own.
  await finished(message).catch(() => {})
}

/** The answer's text, of at most so many bytes: what is longer is cut, or refused by `tooLong`. */
export async function readText(answer: HttpAnswer, limit: number, tooLong?: () => Error): Promise<Buffer> {
  const { message, outgoing, url } = answer
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > limit) break
    }
  } catch (error) {
    throw new ConnectionError(url.host, error)
  }
  if (size > limit && tooLong !== undefined) throw tooLong()
  // The answer came before everything was sent: nobody reads the rest.
  if (!outgoing.writableFinished) outgoing.destroy()
  return Buffer.concat(chunks).subarray(0, limit)
}
