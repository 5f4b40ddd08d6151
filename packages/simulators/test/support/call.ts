import { once } from 'node:events'
import {
  request,
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  json(): any
  /** Of the first error in the body. */
  readonly code: string | undefined
}

export interface Call {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Uint8Array | string
  readonly agent?: Agent
}

/** A plain HTTP request: nothing is followed, repeated or decoded. */
export async function call(
  url: URL | string,
  { method = 'GET', headers = {}, body, agent }: Call = {},
): Promise<Answer> {
  const bytes = body === undefined ? undefined : Buffer.from(body)
  const chunked = headers['Transfer-Encoding'] !== undefined
  const length = bytes === undefined || chunked ? {} : { 'Content-Length': bytes.length }
  const sent = request(url, { method, headers: { ...length, ...headers }, ...(agent !== undefined && { agent }) })
  sent.end(bytes)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  // docker-registry promises more bytes than it sends with a 416.
  const answered = response.statusCode === 416 ? await readSome(response) : await buffer(response)
  const json = (): any => JSON.parse(answered.toString())
  const isJson = response.headers['content-type']?.startsWith('application/json') === true
  const isError = (response.statusCode ?? 0) >= 400 && answered.length > 0 && isJson
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: answered,
    json,
    code: isError ? json().errors?.[0]?.code : undefined,
  }
}

async function readSome(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {})
  await new Promise((resolve) => response.on('close', resolve))
  return Buffer.concat(chunks)
}
