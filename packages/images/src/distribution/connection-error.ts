import { codeOf, messageOf } from '@sidestep/core/component'

/** No answer came: the name, the network, TLS, or the other side closed the connection. */
export class ConnectionError extends Error {
  /** Node's or OpenSSL's: `ECONNRESET`, `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly code: string | undefined

  constructor(host: string, cause: unknown) {
    super(`${host}: ${messageOf(cause) || (codeOf(cause) ?? 'no connection')}`, { cause })
    this.code = codeOf(cause)
  }
}

/** An answer sent us where we must not go. */
export class RedirectError extends Error {}
