import {
  Agent as HttpAgent,
  request as httpRequest,
  type AgentOptions,
  type ClientRequest,
  type RequestOptions,
} from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import { pipeline, type Readable } from 'node:stream'

import { ConnectionError, RedirectError } from './connection-error.ts'
import { discard, type HttpAnswer } from './http-answer.ts'
import { isLoopback } from './registry-host.ts'

/** What is sent with a request. It is opened anew for each time that it is sent. */
export interface HttpBody {
  /** Bytes: requests always say their length, because registries refuse chunked ones. */
  readonly size: number
  open(): Readable
}

/** One question. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** For the origin of `url` only: where a redirect leads elsewhere, it is not sent along. */
  readonly authorization?: string | undefined
  readonly body?: HttpBody
  readonly signal: AbortSignal
}

/** Else Node.js works out a name for TLS, with regular expressions whose compilation takes longer than a request. */
const WITHOUT_TLS: RequestOptions & { readonly servername: string } = { servername: '' }

export interface HttpClientOptions {
  /** Plain HTTP to loopback: only where the registry itself is there. */
  readonly plainHttp: boolean
  /** Connections at a time to one host. */
  readonly connections: number
  /** Milliseconds without a byte in either direction after which a request is given up. */
  readonly silenceMs: number
}

type Exchange = Pick<HttpAnswer, 'message' | 'outgoing'>

/** HTTP, or HTTPS. */
interface Transport {
  readonly ask: typeof httpRequest
  readonly agent: HttpAgent
}

const CONNECT_MS = 15_000
const MOST_REDIRECTS = 5

/**
 * Requests over kept connections. It is built on `node:http` and not on `fetch`, which sends `connection: close` with HEAD
 * and so pays for a new connection with each check.
 *
 * Proxies are Node's own (`HTTPS_PROXY`, `NO_PROXY`), from Node.js 22.21 and 24.5 on; older ones connect directly, and the
 * error of a failed connection says so. Loopback never goes through a proxy. Other certificate authorities are Node's own
 * too: `NODE_EXTRA_CA_CERTS`.
 */
export class HttpClient {
  readonly #options: HttpClientOptions
  readonly #http: HttpAgent
  #https: HttpsAgent | undefined

  constructor(options: HttpClientOptions) {
    this.#options = options
    this.#http = new HttpAgent(agentOptions(options))
  }

  /**
   * Asks, and follows redirects. The answer to a HEAD is taken as it is when it is 307: registries send one to the storage
   * where a blob is, so it is there. Rejects with the signal's reason, with the error of the body's stream, with a
   * {@link ConnectionError} or a {@link RedirectError}.
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    let { url } = request
    for (let redirects = 0; ; redirects++) {
      this.#check(url)
      const authorization = url.origin === request.url.origin ? request.authorization : undefined
      const { message, outgoing } = await this.#exchange(request, url, {
        authorization,
        ...(await this.#transport(url.protocol === 'https:')),
      })
      const answer = { status: message.statusCode ?? 0, message, outgoing, url }
      const location = redirectOf(request.method, answer)
      if (location === undefined) return answer
      await discard(answer)
      if (redirects === MOST_REDIRECTS)
        throw new RedirectError(`${request.url.host} redirects more than ${MOST_REDIRECTS} times.`)
      url = new URL(location, url)
      // A body is a secret (a token that is asked for) or a layer: it goes to whom it was meant for.
      if (request.method !== 'GET' && request.method !== 'HEAD' && url.origin !== request.url.origin) {
        throw new RedirectError(`${request.url.host} redirects what is sent to it to ${url.host}.`)
      }
    }
  }

  /** Closes the connections that are not in use, and those in use when they are done. */
  close(): void {
    this.#http.destroy()
    this.#https?.destroy()
  }

  #check(url: URL): void {
    if (url.protocol === 'https:') return
    if (url.protocol === 'http:' && this.#options.plainHttp && isLoopback(url.hostname)) return
    throw new RedirectError(
      `${url.protocol}//${url.host} would be asked without TLS, which is for registries on this machine only.`,
    )
  }

  /** TLS is loaded where it is needed. */
  async #transport(secure: boolean): Promise<Transport> {
    if (!secure) return { ask: httpRequest, agent: this.#http }
    const { Agent, request: ask } = await import('node:https')
    const proxied = { ...agentOptions(this.#options), proxyEnv: process.env }
    this.#https ??= new Agent(proxied)
    return { ask, agent: this.#https }
  }

  #exchange(
    request: HttpRequest,
    url: URL,
    { ask, agent, authorization }: Transport & { readonly authorization: string | undefined },
  ): Promise<Exchange> {
    const { method, body, signal } = request
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      // First of all: where the source cannot be opened, nothing is asked.
      const stream = body?.open()
      const outgoing = ask(url, {
        ...(url.protocol === 'https:' ? {} : WITHOUT_TLS),
        method,
        agent,
        signal,
        headers: {
          'user-agent': 'sidestep',
          ...request.headers,
          ...(authorization === undefined ? {} : { authorization }),
          ...(method === 'GET' || method === 'HEAD' ? {} : { 'content-length': body?.size ?? 0 }),
        },
      })
      let bodyError: Error | undefined
      outgoing.on('error', (error) => {
        if (signal.aborted) reject(signal.reason as Error)
        else reject(bodyError ?? new ConnectionError(url.host, error))
      })
      outgoing.on('response', (message) => resolve({ message, outgoing }))
      this.#limitTime(outgoing)
      if (stream === undefined) {
        outgoing.end()
        return
      }
      stream.on('error', (error) => {
        bodyError = error
      })
      // What goes wrong is told by the events of the request: pipeline destroys each where the other ends early.
      pipeline(stream, outgoing, () => {})
    })
  }

  #limitTime(outgoing: ClientRequest): void {
    const giveUp = (what: string) => outgoing.destroy(Object.assign(new Error(what), { code: 'ETIMEDOUT' }))
    outgoing.setTimeout(this.#options.silenceMs, () => giveUp(`not a byte in ${this.#options.silenceMs} ms`))
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) return
      const timer = setTimeout(() => giveUp(`no connection in ${CONNECT_MS} ms`), CONNECT_MS)
      const done = () => clearTimeout(timer)
      socket.once('connect', done).once('close', done)
    })
  }
}

function agentOptions({ connections, silenceMs }: HttpClientOptions): AgentOptions {
  // The connection that was used last is the least likely to be closed by the other side right now.
  return { keepAlive: true, maxSockets: connections, scheduling: 'lifo', timeout: silenceMs }
}

function redirectOf(method: HttpRequest['method'], { status, message }: HttpAnswer): string | undefined {
  const { location } = message.headers
  if (location === undefined) return undefined
  if (status === 307) return method === 'HEAD' ? undefined : location
  if (status === 308) return location
  return [301, 302, 303].includes(status) && (method === 'GET' || method === 'HEAD') ? location : undefined
}
