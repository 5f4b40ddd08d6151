import type { Exchange } from '../ground/exchange.ts'
import { S3Error } from './s3-error.ts'
import { MAX_SKEW_MS, type SigningTimes } from './signing-times.ts'

const ALGORITHM = 'AWS4-HMAC-SHA256'
/** Signature Version 2 knows no regions: this is the one whose endpoint is of none. */
const OLD_REGION = 'us-east-1'
const SHA1_BYTES = 20
const MAX_EXPIRES_SECONDS = 604_800

/** Who asks. */
export interface Credentials {
  readonly accessKeyId: string
  /** The one that the request was signed for: that of the endpoint it meant. */
  readonly region: string
  /** True where the signature stands in the query: the request's body is not part of it. */
  readonly isPresigned: boolean
}

/**
 * Reads the signature of a request (Signature Version 4), in its header or its query; links may have one of Version 2, as some SDKs still
 * make them in us-east-1. Everything but the signature itself is
 * checked: form, scope, signed headers, times. The simulator knows no secret keys, so any key is good. Throws the `S3Error` that S3
 * answers with.
 */
export function credentialsOf(exchange: Exchange, times: SigningTimes): Credentials {
  const { searchParams } = exchange.url
  times.saw(exchange.clock)
  const authorization = exchange.header('authorization')
  if (authorization !== undefined) return fromHeader(exchange, authorization, times)
  if (searchParams.has('X-Amz-Algorithm') || searchParams.has('X-Amz-Signature')) return fromQuery(exchange, times)
  if (searchParams.has('Signature')) return fromOldQuery(exchange)
  throw new S3Error('AccessDenied')
}

function fromHeader(exchange: Exchange, authorization: string, times: SigningTimes): Credentials {
  const [mechanism = '', rest = ''] = authorization.split(/ (.*)/s)
  if (mechanism !== ALGORITHM) {
    if (mechanism.startsWith('AWS')) throw unsupported()
    throw new S3Error('InvalidArgument', { message: 'Unsupported Authorization Type' })
  }
  const fields = new Map(rest.split(',').map((field) => split(field.trim(), '=')))
  const scope = scopeOf(fields.get('Credential') ?? '', 'AuthorizationHeaderMalformed')
  checkSignature(fields.get('Signature') ?? '', 'AuthorizationHeaderMalformed')
  checkSignedHeaders(exchange, fields.get('SignedHeaders') ?? '')
  const date = exchange.header('x-amz-date') ?? exchange.header('date')
  const time = date === undefined ? Number.NaN : (timeOf(date) ?? Date.parse(date))
  if (Number.isNaN(time)) {
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' })
  }
  checkScopeDate(scope.date, time)
  const now = exchange.clock.now()
  if (!times.isNow(time, now)) {
    throw new S3Error('RequestTimeTooSkewed', {
      details: [
        ['RequestTime', date],
        ['ServerTime', isoOf(now)],
        ['MaxAllowedSkewMilliseconds', MAX_SKEW_MS],
      ],
    })
  }
  return { ...scope, isPresigned: false }
}

function fromQuery(exchange: Exchange, times: SigningTimes): Credentials {
  const { searchParams } = exchange.url
  const malformed = (message?: string): S3Error =>
    new S3Error('AuthorizationQueryParametersError', message === undefined ? {} : { message })
  const value = (name: string): string => {
    const found = searchParams.get(`X-Amz-${name}`)
    if (found === null) throw malformed()
    return found
  }
  if (value('Algorithm') !== ALGORITHM) throw malformed(`X-Amz-Algorithm only supports "${ALGORITHM}"`)
  const scope = scopeOf(value('Credential'), 'AuthorizationQueryParametersError')
  checkSignature(value('Signature'), 'AuthorizationQueryParametersError')
  checkSignedHeaders(exchange, value('SignedHeaders'))
  const time = timeOf(value('Date'))
  if (time === undefined) throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
  const text = value('Expires')
  if (!/^-?\d+$/.test(text)) throw malformed('X-Amz-Expires should be a number')
  const expires = Number(text)
  if (expires < 0) throw malformed('X-Amz-Expires must be non-negative')
  if (expires > MAX_EXPIRES_SECONDS) {
    throw malformed(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    )
  }
  checkScopeDate(scope.date, time)
  const now = exchange.clock.now()
  const end = time + expires * 1000
  const state = times.stateOf(time, end, now)
  if (state === 'early') throw new S3Error('AccessDenied', { message: 'Request is not valid yet' })
  if (state === 'late') {
    throw new S3Error('AccessDenied', {
      message: 'Request has expired',
      details: [
        ['X-Amz-Expires', expires],
        ['Expires', isoOf(end)],
        ['ServerTime', isoOf(now)],
      ],
    })
  }
  return { ...scope, isPresigned: true }
}

/** A link by Signature Version 2, whose end is a time of its own. */
function fromOldQuery(exchange: Exchange): Credentials {
  const { searchParams } = exchange.url
  const [accessKeyId, expires] = [searchParams.get('AWSAccessKeyId'), searchParams.get('Expires')]
  const message = 'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters'
  if (accessKeyId === null || expires === null) throw new S3Error('AccessDenied', { message })
  if (!/^\d{1,12}$/.test(expires)) {
    throw new S3Error('AccessDenied', { message: `Invalid date (should be seconds since epoch): ${expires}` })
  }
  if (Buffer.from(searchParams.get('Signature') ?? '', 'base64').length !== SHA1_BYTES) {
    throw new S3Error('SignatureDoesNotMatch')
  }
  const end = Number(expires) * 1000
  if (Math.min(Date.now(), exchange.clock.now()) > end) {
    const details = [
      ['Expires', isoOf(end)],
      ['ServerTime', isoOf(exchange.clock.now())],
    ] as const
    throw new S3Error('AccessDenied', { message: 'Request has expired', details })
  }
  return { accessKeyId, region: OLD_REGION, isPresigned: true }
}

type Malformed = 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError'

function scopeOf(credential: string, code: Malformed): { accessKeyId: string; date: string; region: string } {
  // A key may have a slash in it; the rest of the scope has not.
  const [, accessKeyId, date, region, service, end] =
    /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(credential) ?? []
  if (accessKeyId === undefined || date === undefined || region === undefined) {
    throw new S3Error(code, {
      message:
        'The authorization is malformed; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    })
  }
  if (service !== 's3') {
    throw new S3Error(code, {
      message: `The authorization is malformed; incorrect service "${service}". This endpoint belongs to "s3".`,
    })
  }
  if (end !== 'aws4_request') {
    throw new S3Error(code, {
      message: `The authorization is malformed; incorrect terminal "${end}". This endpoint uses "aws4_request".`,
    })
  }
  return { accessKeyId, date, region }
}

function checkSignature(signature: string, code: Malformed): void {
  if (!/^[\da-f]{64}$/.test(signature)) {
    throw new S3Error(code, { message: 'The authorization is malformed; the Signature is not 64 hexadecimal digits.' })
  }
}

/** The host, and all that S3 reads as its own, has to be signed; and what was signed has to come, or another request was meant. */
function checkSignedHeaders(exchange: Exchange, list: string): void {
  const signed = new Set(list.split(';'))
  const names = Object.keys(exchange.request.headers)
  const unsigned = ['host', ...names.filter((name) => name.startsWith('x-amz-'))].filter((name) => !signed.has(name))
  if (unsigned.length > 0) {
    throw new S3Error('AccessDenied', {
      message: 'There were headers present in the request which were not signed',
      details: [['HeadersNotSigned', unsigned.join(', ')]],
    })
  }
  if ([...signed].some((name) => !names.includes(name))) throw new S3Error('SignatureDoesNotMatch')
}

function checkScopeDate(date: string, time: number): void {
  if (isoOf(time).slice(0, 10).replaceAll('-', '') === date) return
  throw new S3Error('SignatureDoesNotMatch', {
    message: 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP',
  })
}

function unsupported(): S3Error {
  return new S3Error('InvalidRequest', {
    message: `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
  })
}

/** Of `20260102T030405Z`. */
function timeOf(date: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}

/** To the second. */
function isoOf(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
