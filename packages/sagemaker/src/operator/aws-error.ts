import { codeOf, messageOf, SidestepError, type ErrorCode, type FailureKind } from '@sidestep/core'

import { CLOCK_HINT, isClockError } from '../aws/clock-error.ts'
import { NO_CREDENTIALS_HINT } from '../aws/no-credentials-hint.ts'
import { BETWEEN_HINT, isNoAnswerOfAws, wordsOfNoAnswer } from './unreadable-answer.ts'

/** What an error of AWS is to whoever has called. */
export type AwsErrorClass =
  /** Too many calls: nothing was done. */
  | 'throttled'
  /** Credentials that have ended, or were replaced: new ones may do. */
  | 'expired'
  /** Signed at a time that is not AWS's own: nothing was done, and the SDK learns AWS's time from each answer. */
  | 'skewed'
  | 'forbidden'
  | 'quota'
  | 'exists'
  | 'missing'
  | 'invalid'
  /** A fault of AWS, or of the way there: nobody knows whether anything was done. */
  | 'away'

/** By the name of the error: the SDK has classes for few of them, and two copies of it have two of each. */
const CLASSES: Readonly<Record<string, AwsErrorClass>> = {
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  LimitExceededException: 'throttled',
  SlowDown: 'throttled',
  CredentialsProviderError: 'expired',
  ExpiredToken: 'expired',
  ExpiredTokenException: 'expired',
  IncompleteSignature: 'expired',
  IncompleteSignatureException: 'expired',
  InvalidClientTokenId: 'expired',
  InvalidSignatureException: 'expired',
  InvalidToken: 'expired',
  MissingAuthenticationToken: 'expired',
  MissingAuthenticationTokenException: 'expired',
  SignatureDoesNotMatch: 'expired',
  TokenProviderError: 'expired',
  UnrecognizedClientException: 'expired',
  AccessDenied: 'forbidden',
  AccessDeniedException: 'forbidden',
  NotAuthorized: 'forbidden',
  OptInRequired: 'forbidden',
  UnauthorizedOperation: 'forbidden',
  ResourceLimitExceeded: 'quota',
  ServiceQuotaExceededException: 'quota',
  ResourceInUse: 'exists',
  ResourceNotFound: 'missing',
  ResourceNotFoundException: 'missing',
  InternalFailure: 'away',
  InternalServerException: 'away',
  // With the status 400, and nobody knows how far it came.
  RequestTimeout: 'away',
  RequestTimeoutException: 'away',
  ServiceUnavailable: 'away',
  ServiceUnavailableException: 'away',
}

/** What each class means, where nothing more is known. */
const MEANINGS: Readonly<Record<AwsErrorClass, { readonly kind: FailureKind; readonly hint?: string }>> = {
  throttled: { kind: 'infra', hint: 'Too many calls are made in this account and region. It is tried again.' },
  expired: {
    kind: 'auth',
    hint: 'Sign in again (`aws sso login`), or give new credentials. `aws sts get-caller-identity` tells whose they are.',
  },
  skewed: {
    kind: 'infra',
    hint: CLOCK_HINT,
  },
  forbidden: {
    kind: 'auth',
    hint: 'Give the launcher the right that is named: the page on SageMaker has the whole policy.',
  },
  quota: {
    kind: 'quota',
    hint: 'Ask AWS for more under Service Quotas, or name further types in settings.instanceTypes.',
  },
  exists: { kind: 'config' },
  missing: { kind: 'config', hint: 'Correct the name that is not found.' },
  invalid: { kind: 'config', hint: 'Correct what SageMaker names, in the settings of the step or of its operator.' },
  away: { kind: 'infra' },
}

/** The parts of an error of the SDK that are read. */
interface AwsError {
  readonly name?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

/** What an error of a call is. Pure. */
export function classOf(error: unknown): AwsErrorClass {
  const { name, $metadata } = (typeof error === 'object' && error !== null ? error : {}) as AwsError
  if (isClockError(error)) return 'skewed'
  const known = typeof name === 'string' && Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined
  if (known !== undefined) return known
  const status = $metadata?.httpStatusCode
  if (status === 429) return 'throttled'
  // Also of a create: whoever answered so, AWS may have got the call.
  if (isNoAnswerOfAws(error)) return 'away'
  if (status === 401 || status === 403) return 'forbidden'
  // An answer that could not be read is none.
  if (status === undefined || status === 408 || status >= 500 || status < 400) return 'away'
  return 'invalid'
}

/** Whether an error says that there is no such training job: SageMaker calls that invalid. Pure. */
export function isNoSuchJob(error: unknown): boolean {
  const { name } = (typeof error === 'object' && error !== null ? error : {}) as AwsError
  if (name === 'ResourceNotFound') return true
  return name === 'ValidationException' && /requested resource not found|could not find/i.test(messageOf(error))
}

/** Whether a stop was refused because the job has stopped, or is about to. Pure. */
export function isStoppedAlready(error: unknown): boolean {
  const { name } = (typeof error === 'object' && error !== null ? error : {}) as AwsError
  return name === 'ValidationException' && /the request was rejected because/i.test(messageOf(error))
}

/** How long AWS asks to be left alone, in milliseconds; 0 where it does not say. Pure. */
export function retryAfterMs(error: unknown): number {
  const { $response } = (typeof error === 'object' && error !== null ? error : {}) as AwsError
  const text = $response?.headers?.['retry-after'] ?? ''
  const seconds = Number(text)
  if (text !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds * 1_000
  const until = Date.parse(text)
  const said = Date.parse($response?.headers?.['date'] ?? '')
  // By AWS's own clock, where it tells: this machine's may be off.
  const now = Number.isNaN(said) ? Date.now() : said
  return Number.isNaN(until) ? 0 : Math.max(until - now, 0)
}

/** The error as core knows errors. `what`: the call, for people. Those of core's own stay as they are. Pure. */
export function asSidestepError(error: unknown, what: string): SidestepError {
  if (SidestepError.isInstance(error)) return error
  const found = classOf(error)
  const { kind, hint } =
    ofRole(error) ?? ofTime(error) ?? ofWay(error) ?? (isBetween(error, found) ? BETWEEN : MEANINGS[found])
  const code: ErrorCode = found === 'exists' ? 'LAUNCH_CONFLICT' : 'LAUNCH_FAILED'
  return new SidestepError(`${what} failed: ${textOf(error)}`, {
    code,
    kind,
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  })
}

const BETWEEN = { kind: 'infra', hint: BETWEEN_HINT } as const

function isBetween(error: unknown, found: AwsErrorClass): boolean {
  return (found === 'away' || found === 'throttled') && isNoAnswerOfAws(error)
}

/** A role that SageMaker cannot use is invalid to SageMaker. */
function ofRole(error: unknown): { readonly kind: FailureKind; readonly hint: string } | undefined {
  if (!/could not assume role|cannot be assumed|not authorized to perform: iam:PassRole/i.test(messageOf(error)))
    return undefined
  return {
    kind: 'auth',
    hint: 'The role has to exist and to trust sagemaker.amazonaws.com, and the launcher needs iam:PassRole for it.',
  }
}

/** A quota that no other machines help against. */
function ofTime(error: unknown): { readonly kind: FailureKind; readonly hint: string } | undefined {
  if (classOf(error) !== 'quota' || !/longest run time/i.test(messageOf(error))) return undefined
  return {
    kind: 'config',
    hint: 'Make timeouts.run of the step shorter, or ask AWS for a longer run time of training jobs under Service Quotas.',
  }
}

/** What kept a call from being sent at all. */
function ofWay(error: unknown): { readonly kind: FailureKind; readonly hint: string } | undefined {
  const { name } = (typeof error === 'object' && error !== null ? error : {}) as AwsError
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return {
      kind: 'auth',
      hint: NO_CREDENTIALS_HINT,
    }
  }
  if (!UNREACHED.has(codeOf(error) ?? '')) return undefined
  return {
    kind: 'infra',
    hint: 'Nothing answers there. See `endpoint` and `region` of the component, AWS_ENDPOINT_URL, and what stands between: a proxy, a firewall, a simulator that has ended.',
  }
}

/** That there is no connection: of Node.js. */
const UNREACHED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
])

function textOf(error: unknown): string {
  if (isBetween(error, classOf(error))) return wordsOfNoAnswer(error)
  const { name } = (typeof error === 'object' && error !== null ? error : {}) as AwsError
  const message = messageOf(error)
  const code = codeOf(error)
  const words = [message === '' ? code : message].filter((word) => word !== undefined).join('')
  return typeof name === 'string' && name !== 'Error' && !message.startsWith(name) ? `${name}: ${words}` : words
}
