import { Authorizer } from './authorizer.ts'
import type { FoundLogin } from './docker-login.ts'
import { ConnectionError } from './connection-error.ts'
import { discard, type HttpAnswer } from './http-answer.ts'
import { HttpClient, type HttpRequest } from './http-client.ts'
import { translateRegistryError, type RegistryTask } from './registry-errors.ts'
import { registryUrl } from './registry-host.ts'
import { longestRetryMs, retryTransient } from './retry.ts'
import type { Scope } from './scope.ts'
import { Slots } from './slots.ts'

/** A request to the registry, or to where it sent us. */
export interface RegistryRequest extends Omit<HttpRequest, 'authorization'> {
  /** What it needs to be allowed to do. */
  readonly scopes: readonly Scope[]
}

export interface SessionOptions {
  /** `host[:port]` */
  readonly registry: string
  readonly findLogin: (options: { readonly signal: AbortSignal }) => Promise<FoundLogin>
  /** Uploads at a time, and as many downloads. */
  readonly concurrency: number
  /** Milliseconds before the second try. */
  readonly retryDelayMs: number
  /** Milliseconds without a byte after which a request is given up. */
  readonly silenceMs: number
  /** A line for people, once: that it does not answer. */
  readonly report?: ((line: string) => void) | undefined
}

const MOST_REFUSALS = 2

/** What the repositories of a registry share: connections, logins, limits, what is known of the registry. */
export class RegistrySession {
  readonly registry: string
  readonly uploads: Slots
  /** Apart from the uploads: the source of an upload may be a download of the same registry. */
  readonly downloads: Slots
  /** It has refused an upload in one PUT, and taken one by PATCH. */
  wantsPatch = false
  readonly #base: URL
  readonly #http: HttpClient
  readonly #authorizer: Authorizer
  readonly #retryDelayMs: number
  readonly #silenceMs: number
  #report: ((line: string) => void) | undefined
  readonly #closing = new AbortController()

  constructor(options: SessionOptions) {
    const { registry, concurrency, silenceMs } = options
    this.registry = registry
    this.uploads = new Slots(concurrency)
    this.downloads = new Slots(concurrency)
    this.#base = registryUrl(registry)
    this.#retryDelayMs = options.retryDelayMs
    this.#silenceMs = silenceMs
    this.#report = options.report
    // Small questions must not wait for the layers.
    this.#http = new HttpClient({
      plainHttp: this.#base.protocol === 'http:',
      connections: 2 * concurrency + 4,
      silenceMs,
    })
    this.#authorizer = new Authorizer({ http: this.#http, findLogin: options.findLogin, closing: this.#closing.signal })
  }

  /** `/v2/<path>` of the registry. */
  url(path: string): URL {
    return new URL(`/v2/${path}`, this.#base)
  }

  /** A `Location` that the registry gave. */
  locate(location: string, answered: URL): URL {
    const url = new URL(location, answered)
    // Behind a proxy that ends TLS, some registries believe that they are asked without.
    if (url.hostname === this.#base.hostname && url.protocol === 'http:') url.protocol = this.#base.protocol
    return url
  }

  /** Asks once, saying who we are where the registry wants to know, and where the request is for the registry itself. */
  async send({ scopes, ...request }: RegistryRequest): Promise<HttpAnswer> {
    if (request.url.origin !== this.#base.origin) return this.#http.send(request)
    for (let refusals = 0; ; refusals++) {
      const authorization = await this.#authorizer.authorization(scopes, request.signal)
      const answer = await this.#http.send({ ...request, authorization })
      if (answer.status !== 401 || answer.url.origin !== this.#base.origin) {
        if (authorization !== undefined) this.#authorizer.accepted()
        return answer
      }
      const again = this.#authorizer.refused(answer.message.headers['www-authenticate'], scopes, authorization)
      if (!again || refusals === MOST_REFUSALS) return answer
      await discard(answer)
    }
  }

  /** Does a task until it is done, as often as makes sense. Rejects with the signal's reason, or an error for people. */
  async run<T>(task: RegistryTask, signal: AbortSignal, attempt: (number: number) => Promise<T>): Promise<T> {
    try {
      const onRetry = (error: unknown): void => this.#tellOfSilence(error)
      return await retryTransient(attempt, { signal, delayMs: this.#retryDelayMs, onRetry })
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw await this.translate(error, task)
    }
  }

  /** Once: all that waits for it is tried again. */
  #tellOfSilence(error: unknown): void {
    if (!(error instanceof ConnectionError)) return
    const seconds = Math.ceil(
      longestRetryMs(error, { delayMs: this.#retryDelayMs, silenceMs: this.#silenceMs }) / 1_000,
    )
    const why = error.code ?? error.message
    this.#report?.(`${this.registry} does not answer, trying again for up to ${seconds} s (${why})`)
    this.#report = undefined
  }

  /** Who was asked for and where that was found, for people. `undefined`: the registry has not asked. */
  async login(): Promise<string | undefined> {
    return this.#authorizer.source()
  }

  /** An error for people, where it is one of the registry or the network. */
  async translate(error: unknown, task: RegistryTask): Promise<unknown> {
    return translateRegistryError(error, task, { registry: this.registry, login: await this.#authorizer.source() })
  }

  close(): void {
    this.#closing.abort(new Error(`The client of ${this.registry} is closed.`))
    this.#http.close()
  }
}
