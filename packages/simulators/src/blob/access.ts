import { BlobError } from './blob-error.ts'
import type { BlobRequest } from './blob-call.ts'
import type { GrantedAccess } from './granted-access.ts'
import { checkSas } from './sas.ts'
import { signWithTestKey, stringToSign } from './shared-key.ts'

const SHARED_KEY = /^SharedKey (?<account>[^:\s]+):(?<signature>\S+)$/

const FULL: GrantedAccess = { mayOverwrite: true, headers: {} }

/**
 * Who may: everybody without credentials, and with any bearer token; who signs, signs right, with the key of every account. Throws a
 * `BlobError`.
 */
export function checkAccess({ exchange, resource }: BlobRequest): GrantedAccess {
  const authorization = exchange.header('authorization')
  const query = exchange.url.searchParams
  if (authorization === undefined) {
    if (!query.has('sig')) return FULL
    return checkSas({ query, resource, operation: exchange.call.operation, now: exchange.clock.now() })
  }
  if (/^Bearer \S/.test(authorization)) return FULL
  const { account, signature } = SHARED_KEY.exec(authorization)?.groups ?? {}
  if (account === undefined || signature === undefined) {
    throw new BlobError('InvalidAuthenticationInfo', {
      status: 400,
      message:
        'The authentication information is not given in the correct format. Check the value of Authorization header.',
    })
  }
  const text = stringToSign(exchange, account)
  if (account === resource.account && signature === signWithTestKey(text)) return FULL
  throw new BlobError('AuthenticationFailed', {
    details: {
      AuthenticationErrorDetail: `The MAC signature found in the HTTP request '${signature}' is not the same as any computed signature. Server used following string to sign: '${text}'.`,
    },
  })
}

/** The answer for credentials that are over: by their kind. */
export function expiredError(authorization: string | undefined): BlobError {
  if (authorization?.startsWith('Bearer ') === true) {
    return new BlobError('InvalidAuthenticationInfo', {
      details: { AuthenticationErrorDetail: 'Lifetime validation failed. The token is expired.' },
      headers: {
        'WWW-Authenticate':
          'Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize resource_id=https://storage.azure.com',
      },
    })
  }
  return new BlobError('AuthenticationFailed', {
    details: { AuthenticationErrorDetail: 'Signature not valid in the specified time frame' },
  })
}
