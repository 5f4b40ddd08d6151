import type { Login } from './content.ts'
import { dockerLogin, type FoundLogin } from './docker-login.ts'
import { checkRepository } from './reference.ts'
import { RegistrySession } from './registry-session.ts'
import { Repository } from './repository.ts'

export type { BlobSource, Login, Manifest } from './content.ts'
export type { Digest } from './digest.ts'
export type { CallOptions, Repository as RepositoryClient } from './repository.ts'

export interface RegistryClientOptions {
  /** `host[:port]`. Plain HTTP on loopback (127.0.0.0/8, ::1, localhost), HTTPS everywhere else. */
  readonly registry: string
  /**
   * Who asks: what a stack's container registry says. It is called when the registry wants to know, once, and again where a
   * login that was good is refused: it has expired. Default, and where it gives `undefined`: what Docker's own configuration
   * says.
   */
  readonly login?: (options: { readonly signal: AbortSignal }) => Promise<Login | undefined>
  /** Uploads at a time, and as many downloads. Default: 4. */
  readonly concurrency?: number
  /** Milliseconds before the second try of what failed; it doubles with each of six. Default: 200. */
  readonly retryDelayMs?: number
  /** Milliseconds without a byte in either direction after which a request is given up. Default: 180,000. */
  readonly silenceMs?: number
  /** Gets a line for people the first time that the registry does not answer and is asked again. Default: nobody. */
  readonly report?: (line: string) => void
}

/** What a repository is used for. */
export interface RepositoryOptions {
  /** True: something will be pushed, so the right to do that is asked for at once, with the first request. Default: false. */
  readonly push?: boolean
}

/** A client of the OCI distribution API, with connections of its own. */
export class RegistryClient {
  readonly #session: RegistrySession

  /** Throws `CONFIG_INVALID` for what is no `host[:port]`. */
  constructor(options: RegistryClientOptions) {
    const { registry, login, concurrency = 4, retryDelayMs = 200, silenceMs = 180_000, report } = options
    const findLogin = async ({ signal }: { readonly signal: AbortSignal }): Promise<FoundLogin> => {
      const given = await login?.({ signal })
      return given === undefined
        ? dockerLogin(registry, { signal })
        : { login: given, source: "the stack's container registry" }
    }
    this.#session = new RegistrySession({ registry, findLogin, concurrency, retryDelayMs, silenceMs, report })
  }

  /** A repository by its full path: on Docker Hub `library/node`, not `node`. Throws `CONFIG_INVALID` for what is none. */
  repository(name: string, { push = false }: RepositoryOptions = {}): Repository {
    checkRepository(name)
    return new Repository(this.#session, name, { push })
  }

  /** Closes its connections. */
  close(): void {
    this.#session.close()
  }
}
