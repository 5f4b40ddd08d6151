import { ServiceError } from '../ground/service.ts'

/** One thing that was wrong, as the JSON API says it. */
export interface GcsErrorDetail {
  /** The provider's word: `notFound`, `conditionNotMet`. */
  readonly reason: string
  readonly message: string
  /** Default: `global`. */
  readonly domain?: 'global' | 'usageLimits'
  readonly locationType?: 'header' | 'parameter'
  /** The header or parameter that is wrong. */
  readonly location?: string
}

/** An error of Cloud Storage. Its code is the reason of the first detail. */
export class GcsError extends ServiceError {
  override readonly name: string = 'GcsError'
  readonly details: readonly GcsErrorDetail[]

  constructor(
    status: number,
    details: readonly [GcsErrorDetail, ...GcsErrorDetail[]],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(status, details[0].reason, details[0].message, headers)
    this.details = details
  }
}

/** The body of the answer that says this error. */
export function errorBody(error: ServiceError): string {
  const { status, code, message } = error
  const details: readonly GcsErrorDetail[] = error instanceof GcsError ? error.details : [{ reason: code, message }]
  const errors = details.map(({ domain = 'global', ...detail }) => ({ ...detail, domain }))
  return JSON.stringify({ error: { code: status, message, errors } })
}

/** 404. Of metadata and downloads, and of what another operation reads. */
export function objectNotFound(bucket: string, object: string): GcsError {
  return new GcsError(404, [{ reason: 'notFound', message: `No such object: ${bucket}/${object}` }])
}

/** 404. */
export function bucketNotFound(): GcsError {
  return new GcsError(404, [{ reason: 'notFound', message: 'The specified bucket does not exist.' }])
}

/** 400. `parameter`: of the query, where one is to blame. */
export function invalid(message: string, parameter?: string): GcsError {
  const place = parameter === undefined ? {} : { locationType: 'parameter' as const, location: parameter }
  return new GcsError(400, [{ reason: 'invalid', message, ...place }])
}

/** 400, for a parameter of the query that is missing. */
export function required(parameter: string): GcsError {
  const message = `Required parameter: ${parameter}`
  return new GcsError(400, [{ reason: 'required', message, locationType: 'parameter', location: parameter }])
}

/** 409. */
export function conflict(message: string): GcsError {
  return new GcsError(409, [{ reason: 'conflict', message }])
}

/** 403, for what a hold keeps as it is. */
export function underHold(bucket: string, object: string, hold: 'Temporary' | 'Event-Based'): GcsError {
  const message = `Object '${bucket}/${object}' is under active ${hold} hold and cannot be deleted, overwritten or archived until hold is removed.`
  return new GcsError(403, [{ reason: 'forbidden', message }])
}

/** 412. */
export function conditionNotMet(): GcsError {
  const message = 'At least one of the pre-conditions you specified did not hold.'
  return new GcsError(412, [{ reason: 'conditionNotMet', message, locationType: 'header', location: 'If-Match' }])
}

/** 304, which has no body. */
export function notModified(): GcsError {
  return new GcsError(304, [{ reason: 'notModified', message: 'Not Modified' }])
}

/** 401, for credentials that are over or are none. */
export function invalidCredentials(): GcsError {
  return new GcsError(
    401,
    [{ reason: 'authError', message: 'Invalid Credentials', locationType: 'header', location: 'Authorization' }],
    { 'WWW-Authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
  )
}

/** 503. */
export function backendError(message: string = 'We encountered an internal error. Please try again.'): GcsError {
  return new GcsError(503, [{ reason: 'backendError', message }])
}

/**
 * 400, for what Cloud Storage has and its simulator has not. Not 501: the client for Go takes each status from 500 on for an outage, and
 * tries until its deadline.
 */
export function notImplemented(what: string): GcsError {
  return new GcsError(400, [{ reason: 'notImplemented', message: `The simulator does not know ${what}.` }])
}
