import { randomBytes } from 'node:crypto'

import { DistributionError } from '../oci-registry/distribution-error.ts'
import type { Exchange } from '../oci-registry/exchange.ts'
import type { RegistryGate } from '../oci-registry/gate.ts'
import type { Clock } from '../ground/clock.ts'
import type { RegistryLogin } from '../jobs/job.ts'

/** What GetAuthorizationToken gives. */
export interface IssuedLogin {
  readonly login: RegistryLogin
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** "Authorization tokens are valid for 12 hours": the API's documentation of AuthorizationData. */
const VALID_MS = 12 * 60 * 60_000
/** The one user there is. */
const USERNAME = 'AWS'

/** Lets in who has a token that has not ended, by the simulator's clock; and the services of AWS itself. */
export class EcrGate implements RegistryGate {
  /** For services of AWS: it does not end. */
  readonly serviceLogin: RegistryLogin = { username: USERNAME, password: newPassword() }
  readonly #clock: Clock
  /** By password, when it ends. */
  readonly #issued = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A new login. The older ones are good until they end. */
  issue(): IssuedLogin {
    const password = newPassword()
    const expiresAt = this.#clock.now() + VALID_MS
    this.#issued.set(password, expiresAt)
    return { login: { username: USERNAME, password }, expiresAt }
  }

  check(exchange: Exchange): void {
    const { username, password } = loginOf(exchange.request.headers.authorization)
    if (username === USERNAME && password === this.serviceLogin.password) return
    const expiresAt = username === USERNAME ? this.#issued.get(password) : undefined
    if (expiresAt === undefined) {
      throw new DistributionError(401, 'UNAUTHORIZED', 'Not Authorized', {
        'WWW-Authenticate': `Basic realm="http://${exchange.request.headers.host ?? ''}/",service="ecr.amazonaws.com"`,
      })
    }
    if (expiresAt > this.#clock.now()) return
    const message = 'Your authorization token has expired. Reauthenticate and try again.'
    throw new DistributionError(403, 'DENIED', message)
  }
}

/** Real ones are some 2,500 characters long. */
function newPassword(): string {
  return randomBytes(1_800).toString('base64')
}

function loginOf(authorization: string | undefined): RegistryLogin {
  const [, credentials = ''] = /^basic +(.+)$/i.exec(authorization ?? '') ?? []
  const text = Buffer.from(credentials, 'base64').toString()
  const colon = text.indexOf(':')
  return { username: text.slice(0, Math.max(colon, 0)), password: text.slice(colon + 1) }
}
