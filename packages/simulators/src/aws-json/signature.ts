import type { Exchange } from '../ground/exchange.ts'
import { AwsJsonError } from './aws-json-error.ts'

const ALGORITHM = 'AWS4-HMAC-SHA256'
/** "Most requests must reach AWS within five minutes of their time stamp": the documentation of Signature Version 4. */
const MAX_SKEW_MINUTES = 5

/** Who asks, and whom. */
export interface Signature {
  readonly accessKeyId: string
  /** The region that the request was signed for: that of the endpoint it meant. */
  readonly region: string
}

/**
 * Reads the signature of a request (Signature Version 4) for the service `signingName`. As with S3, everything but the signature itself is
 * checked: form, scope, signed headers, time by the simulator's clock. The simulator knows no secret keys, so any key is good. Throws the
 * `AwsJsonError` that the services answer with.
 */
export function signatureOf(exchange: Exchange, signingName: string): Signature {
  const authorization = exchange.header('authorization')
  if (authorization === undefined) {
    throw new AwsJsonError('MissingAuthenticationTokenException', 'Missing Authentication Token')
  }
  const [mechanism = '', rest = ''] = authorization.split(/ (.*)/s)
  if (mechanism !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm': '${mechanism}'.`)
  const fields = fieldsOf(rest, authorization)
  const date = exchange.header('x-amz-date') ?? exchange.header('date')
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => !fields.has(name))
    .map((name) => `Authorization header requires '${name}' parameter.`)
  if (date === undefined) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
  }
  if (missing.length > 0) throw incomplete(`${missing.join(' ')} Authorization=${ALGORITHM}`)
  const scope = scopeOf(fields.get('Credential') ?? '', signingName)
  if (!/^[\da-f]{64}$/.test(fields.get('Signature') ?? '')) throw invalid(DOES_NOT_MATCH)
  const signed = (fields.get('SignedHeaders') ?? '').split(';')
  if (!signed.includes('host')) {
    throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  }
  // Who signed a header that did not come has signed another request.
  if (signed.some((name) => exchange.header(name) === undefined)) throw invalid(DOES_NOT_MATCH)
  checkTime(date ?? '', scope.date, exchange.clock.now())
  return { accessKeyId: scope.accessKeyId, region: scope.region }
}

const DOES_NOT_MATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing ' +
  'method. Consult the service documentation for details.'

function fieldsOf(rest: string, authorization: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const field of rest.split(',').map((one) => one.trim())) {
    const at = field.indexOf('=')
    if (at < 1) {
      throw incomplete(
        `'${field}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization.slice(0, 256)}'.`,
      )
    }
    fields.set(field.slice(0, at), field.slice(at + 1))
  }
  return fields
}

function scopeOf(credential: string, signingName: string): Signature & { readonly date: string } {
  // A key may have a slash in it; the rest of the scope has not.
  const [, accessKeyId, date, region, service, end] =
    /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(credential) ?? []
  if (accessKeyId === undefined || date === undefined || region === undefined) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    )
  }
  if (service !== signingName) throw invalid(`Credential should be scoped to correct service: '${signingName}'. `)
  if (end !== 'aws4_request') {
    throw invalid(`Credential should be scoped with a valid terminator: 'aws4_request', not '${end}'. `)
  }
  return { accessKeyId, date, region }
}

function checkTime(date: string, scopeDate: string, now: number): void {
  const time = timeOf(date)
  if (time === undefined) {
    throw incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    )
  }
  if (basicOf(time).slice(0, 8) !== scopeDate) {
    throw invalid(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `'${scopeDate}' != '${basicOf(time).slice(0, 8)}', from '${basicOf(time)}'.`,
    )
  }
  const skewMs = MAX_SKEW_MINUTES * 60_000
  if (time < now - skewMs) {
    throw invalid(
      `Signature expired: ${basicOf(time)} is now earlier than ${basicOf(now - skewMs)} (${basicOf(now)} - ${MAX_SKEW_MINUTES} min.)`,
    )
  }
  if (time > now + skewMs) {
    throw invalid(
      `Signature not yet current: ${basicOf(time)} is still later than ${basicOf(now + skewMs)} (${basicOf(now)} + ${MAX_SKEW_MINUTES} min.)`,
    )
  }
}

/** Of `20260102T030405Z`, or of what a `Date` header says. */
function timeOf(date: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  const time =
    year === undefined ? Date.parse(date) : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}

/** `20260102T030405Z`. */
function basicOf(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, '')
}

function incomplete(message: string): AwsJsonError {
  return new AwsJsonError('IncompleteSignatureException', message)
}

function invalid(message: string): AwsJsonError {
  return new AwsJsonError('InvalidSignatureException', message)
}
