import { randomBytes } from 'node:crypto'

import { covers, formatScope, parseScope, type Access } from './access.ts'
import { DistributionError } from './distribution-error.ts'
import type { Exchange } from './exchange.ts'

/** Who may use a registry. */
export interface OciRegistryAuth {
  /** `basic`: user and password with each request; `bearer`: a token service of its own asks for them. */
  readonly kind: 'basic' | 'bearer'
  /** Of the one user there is, who may do everything. */
  readonly username: string
  /** Of that user. */
  readonly password: string
  /** Repositories that anybody may pull from; with `bearer`, with a token for nobody. Default: none. */
  readonly publicRepositories?: readonly string[]
  /** Seconds that a token is valid, as `expires_in` says. Default: 300. */
  readonly tokenSeconds?: number
}

interface Token {
  readonly access: readonly Access[]
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const SERVICE = 'oci-registry'
const SCHEME = /^(basic|bearer) +(.+)$/i

/** Who is let in. */
export interface RegistryGate {
  /** Throws what a request is answered with that may not come in. */
  check(exchange: Exchange, needed: readonly Access[]): void
  /** Answers requests to `/token`. Absent: there is no token service. */
  serve?(exchange: Exchange): Promise<void>
}

/** Asks who is there, and gives out tokens. */
export class Gate implements RegistryGate {
  readonly #auth: OciRegistryAuth
  readonly #now: () => number
  readonly #tokens = new Map<string, Token>()

  constructor(auth: OciRegistryAuth, now: () => number) {
    this.#auth = auth
    this.#now = now
  }

  /** Throws 401 with the challenge that names what would do. */
  check(exchange: Exchange, needed: readonly Access[]): void {
    const [, scheme = '', credentials = ''] = SCHEME.exec(exchange.request.headers.authorization ?? '') ?? []
    if (this.#auth.kind === 'basic') {
      if (scheme.toLowerCase() === 'basic' ? this.#isUser(credentials) : this.#isPublic(needed)) return
      throw unauthorized(`Basic realm="${SERVICE}"`)
    }
    const token = scheme.toLowerCase() === 'bearer' ? this.#tokens.get(credentials) : undefined
    const isValid = token !== undefined && token.expiresAt > this.#now()
    if (isValid && covers(token.access, needed)) return
    const realm = `http://${exchange.request.headers.host ?? ''}/token`
    const scope = needed.length === 0 ? '' : `,scope="${formatScope(needed)}"`
    const error = isValid ? ',error="insufficient_scope"' : credentials === '' ? '' : ',error="invalid_token"'
    throw unauthorized(`Bearer realm="${realm}",service="${SERVICE}"${scope}${error}`)
  }

  /** The token service: GET with Basic credentials, or POST of a form as OAuth 2 has it. */
  async serve(exchange: Exchange): Promise<void> {
    const posting = exchange.method === 'POST' ? await exchange.bytes(65_536) : undefined
    const form = posting === undefined ? exchange.url.searchParams : new URLSearchParams(posting.toString())
    if (form.get('service') !== SERVICE) {
      throw new DistributionError(400, 'UNSUPPORTED', `the service is ${SERVICE}, not ${form.get('service')}`)
    }
    const wanted = form.getAll('scope').flatMap(parseScope)
    const [, , basic] = SCHEME.exec(exchange.request.headers.authorization ?? '') ?? []
    const posted = form.get('grant_type') === 'password' ? `${form.get('username')}:${form.get('password')}` : undefined
    const credentials = posted === undefined ? basic : Buffer.from(posted).toString('base64')
    if (credentials !== undefined && !this.#isUser(credentials)) throw unauthorized(`Basic realm="${SERVICE}"`)
    // Nobody gets a token too: what it is good for, the registry says.
    const access = credentials === undefined ? wanted.filter((one) => this.#isPublic([one])) : wanted
    const seconds = this.#auth.tokenSeconds ?? 300
    const token = randomBytes(24).toString('base64url')
    this.#tokens.set(token, { access, expiresAt: this.#now() + seconds * 1000 })
    const issued = { expires_in: seconds, issued_at: new Date(this.#now()).toISOString() }
    exchange.sendJson(200, { token, access_token: token, ...issued }, { 'Cache-Control': 'no-store' })
  }

  /** No token that was given out is valid any more. */
  expireTokens(): void {
    this.#tokens.clear()
  }

  #isUser(credentials: string): boolean {
    const { username, password } = this.#auth
    return Buffer.from(credentials, 'base64').toString() === `${username}:${password}`
  }

  #isPublic(needed: readonly Access[]): boolean {
    const open = this.#auth.publicRepositories ?? []
    return (
      needed.length > 0 &&
      covers(
        open.map((repository) => ({ repository, actions: ['pull'] })),
        needed,
      )
    )
  }
}

function unauthorized(challenge: string): DistributionError {
  return new DistributionError(401, 'UNAUTHORIZED', 'authentication required', { 'WWW-Authenticate': challenge })
}
