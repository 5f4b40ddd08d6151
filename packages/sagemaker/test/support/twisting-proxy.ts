import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

import { onTestFinished } from 'vitest'

/** An answer, whole. */
export interface Answer {
  readonly status: number
  readonly headers?: IncomingMessage['headers']
  readonly body: string
}

/** A call that came by. */
export interface PassingCall {
  /** `DescribeTrainingJob`; of S3, what the SDK says: `PutObject`. */
  readonly operation: string
  /** How many of this operation came, with this one. */
  readonly n: number
  readonly body: string
  /** Lets the simulator do it. */
  readonly forward: () => Promise<Answer>
}

/** What stands between a client and its simulator. */
export interface TwistingProxy {
  readonly endpoint: string
  /** Operations in the order they came. */
  readonly calls: readonly string[]
}

/** Passes every call on but those that `twist` answers; `'cut'` closes the connection instead of an answer. */
export async function twistingProxy(
  target: string,
  twist: (call: PassingCall) => Promise<Answer | 'cut' | undefined> | Answer | 'cut' | undefined,
): Promise<TwistingProxy> {
  const calls: string[] = []
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const bytes = await buffer(incoming)
    const operation = operationOf(incoming)
    calls.push(operation)
    const n = calls.filter((one) => one === operation).length
    const forward = async (): Promise<Answer> => passOn(target, incoming, bytes)
    const given = (await twist({ operation, n, body: bytes.toString(), forward })) ?? (await forward())
    if (given === 'cut') {
      outgoing.destroy()
      return
    }
    const { 'content-length': _, 'transfer-encoding': __, ...headers } = given.headers ?? {}
    outgoing.writeHead(given.status, { ...headers, 'content-length': Buffer.byteLength(given.body) }).end(given.body)
  }
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }
}

/** The page of a load balancer, or of a proxy. */
export function page(status: number, title: string = 'Sign in'): Answer {
  return { status, headers: { 'content-type': 'text/html' }, body: `<html><head><title>${title}</title></head></html>` }
}

/** An error of SageMaker. */
export function refusal(type: string, message: string, headers: IncomingMessage['headers'] = {}): Answer {
  return {
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.1', ...headers },
    body: JSON.stringify({ __type: type, message }),
  }
}

/** An answer with other members. */
export function changed(answer: Answer, members: object): Answer {
  return { ...answer, body: JSON.stringify({ ...(JSON.parse(answer.body) as object), ...members }) }
}

function operationOf({ headers, url = '', method = '' }: IncomingMessage): string {
  const target = headers['x-amz-target']
  if (typeof target === 'string') return target.split('.').at(-1) ?? ''
  const query = new URL(url, 'http://s3').searchParams
  return (
    query.get('x-id') ??
    (query.has('list-type') ? 'ListObjectsV2' : `${method}${query.has('uploads') ? ' uploads' : ''}`)
  )
}

async function passOn(target: string, { method, url, headers }: IncomingMessage, bytes: Buffer): Promise<Answer> {
  const { hostname, port } = new URL(target)
  // The host is signed: the simulator has to see the one that the client meant.
  const passed = request({ hostname, port, method, path: url, headers })
  passed.end(bytes)
  const [response] = (await once(passed, 'response')) as [IncomingMessage]
  const body = (await buffer(response)).toString()
  return { status: response.statusCode ?? 500, headers: response.headers, body }
}
