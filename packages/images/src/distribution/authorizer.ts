import { parseChallenges, type Challenge } from './challenge.ts'
import type { FoundLogin } from './docker-login.ts'
import type { HttpClient } from './http-client.ts'
import { TokenRefusedError } from './registry-errors.ts'
import { RegistryAnswerError } from './registry-answer.ts'
import { covers, type Scope } from './scope.ts'
import { waitFor } from './shared-call.ts'
import { basic, requestToken, type BearerToken } from './token-service.ts'

export interface AuthorizerOptions {
  readonly http: HttpClient
  readonly findLogin: (options: { readonly signal: AbortSignal }) => Promise<FoundLogin>
  /** Ends what is asked for several callers at once: no caller's own signal does that. */
  readonly closing: AbortSignal
}

interface KeptToken {
  readonly scopes: readonly Scope[]
  readonly answer: Promise<BearerToken>
}

/**
 * Says who asks. It learns from the registry's first refusal how it wants to know; from then on each request comes with what it
 * needs. Logins and tokens are asked for once, however many requests wait for them.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions
  #challenge: Challenge | undefined
  #login: Promise<FoundLogin> | undefined
  /** The login was taken once: when it is refused later, it has expired. */
  #loginWorked = false
  #tokens: KeptToken[] = []
  /** Scopes that a registry asks for beside the usual ones (`aws` of public.ecr.aws), by the usual ones. */
  readonly #extraScopes = new Map<string, readonly Scope[]>()

  constructor(options: AuthorizerOptions) {
    this.#options = options
  }

  /** The value of `Authorization` for a request. Absent while the registry has not asked, or where nobody is logged in. */
  async authorization(scopes: readonly Scope[], signal: AbortSignal): Promise<string | undefined> {
    const challenge = this.#challenge
    if (challenge === undefined) return undefined
    if (challenge.scheme === 'bearer') return `Bearer ${await this.#token(challenge, scopes, signal)}`
    const { login } = await this.found(signal)
    return login === undefined ? undefined : basic(login)
  }

  /** Takes in a 401. False: asking again would be the same request. */
  refused(header: string | undefined, scopes: readonly Scope[], used: string | undefined): boolean {
    const offered = parseChallenges(header ?? '')
    const challenge =
      offered.find(({ scheme }) => scheme === 'bearer') ?? offered.find(({ scheme }) => scheme === 'basic')
    if (challenge === undefined) return false
    this.#challenge = challenge
    const asked =
      challenge.parameters
        .get('scope')
        ?.split(' ')
        .filter((scope) => scope !== '') ?? []
    const extra = asked.filter((scope) => !covers(scopes, [scope]))
    if (extra.length > 0) this.#extraScopes.set(scopes.join(' '), extra)
    if (used === undefined) return true
    if (used.startsWith('Bearer ')) {
      this.#tokens = this.#tokens.filter((kept) => !covers(kept.scopes, scopes))
      return true
    }
    if (challenge.scheme === 'bearer') return true
    if (!this.#loginWorked) return false
    this.#forgetLogin()
    return true
  }

  /** A request that said who asks was not refused for it. */
  accepted(): void {
    this.#loginWorked = this.#login !== undefined
  }

  /** The login, and where it is from. */
  async found(signal: AbortSignal): Promise<FoundLogin> {
    this.#login ??= this.#options.findLogin({ signal: this.#options.closing }).catch((error: unknown) => {
      this.#login = undefined
      throw error
    })
    return waitFor(this.#login, signal)
  }

  /** Where the login was looked for, where that was done. For errors. */
  async source(): Promise<string | undefined> {
    const found = await this.#login?.catch(() => undefined)
    if (found === undefined) return undefined
    return found.login === undefined
      ? `no login was found in ${found.source}`
      : `the login of ${nameOf(found.login.username)} is from ${found.source}`
  }

  #forgetLogin(): void {
    this.#login = undefined
    this.#loginWorked = false
  }

  async #token(challenge: Challenge, usual: readonly Scope[], signal: AbortSignal): Promise<string> {
    const scopes = [...usual, ...(this.#extraScopes.get(usual.join(' ')) ?? [])]
    const kept = this.#tokens.find((token) => covers(token.scopes, scopes))
    if (kept !== undefined) {
      const { token, expiresAt } = await waitFor(kept.answer, signal)
      if (expiresAt > performance.now()) return token
      this.#drop(kept)
    }
    // Others may have asked anew meanwhile. What was asked for just now is taken, however short it lives.
    const next = this.#tokens.find((token) => covers(token.scopes, scopes)) ?? this.#keep(challenge, scopes)
    return (await waitFor(next.answer, signal)).token
  }

  #keep(challenge: Challenge, scopes: readonly Scope[]): KeptToken {
    const kept: KeptToken = { scopes, answer: this.#request(challenge, scopes) }
    this.#tokens.push(kept)
    kept.answer.catch(() => this.#drop(kept))
    return kept
  }

  #drop(kept: KeptToken): void {
    this.#tokens = this.#tokens.filter((other) => other !== kept)
  }

  async #request(challenge: Challenge, scopes: readonly Scope[]): Promise<BearerToken> {
    const { http, closing } = this.#options
    for (;;) {
      const { login } = await this.found(closing)
      try {
        const token = await requestToken(http, { challenge, scopes, login, signal: closing })
        this.#loginWorked = true
        return token
      } catch (error) {
        if (!(error instanceof RegistryAnswerError) || ![400, 401, 403].includes(error.status)) throw error
        if (!this.#loginWorked)
          throw new TokenRefusedError(new URL(challenge.parameters.get('realm') ?? '').host, error)
        this.#forgetLogin()
      }
    }
  }
}

function nameOf(username: string): string {
  return username === '<token>' ? 'an identity token' : `"${username}"`
}
