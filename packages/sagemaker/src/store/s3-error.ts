import { messageOf, SidestepError, type FailureKind } from '@sidestep/core'

import { CLOCK_HINT, isClockError } from '../aws/clock-error.ts'
import { NO_CREDENTIALS_HINT } from '../aws/no-credentials-hint.ts'

/** What an error of the SDK may say beside its name and message. */
interface S3Failure {
  readonly name?: string
  readonly code?: string
  readonly message?: string
  readonly Region?: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

/** Where a call went. */
export interface S3CallPlace {
  /** What it was for: `write`, `list`. */
  readonly verb: string
  /** `s3://bucket/prefix/key`. */
  readonly uri: string
  readonly bucket: string
  /** As configured. */
  readonly region: string
  readonly kmsKeyId: string | undefined
  /** As configured. */
  readonly endpoint?: string | undefined
}

/** Parts of an upload that failed, which could not be removed. */
export class LeftPartsError extends Error {
  override readonly name: string = 'LeftPartsError'

  constructor(cause: unknown, whyLeft: unknown) {
    super(`the parts of the upload are left in the bucket, since they could not be removed: ${messageOf(whyLeft)}`, {
      cause,
    })
  }
}

/** `NoSuchKey`, `AccessDenied`. Of an answer without a body, what its status means. */
export function nameOfError(error: unknown): string {
  const { name = '', $metadata } = (error ?? {}) as S3Failure
  const status = $metadata?.httpStatusCode
  const isTelling = /^[A-Za-z][\w.]+$/.test(name) && !VAGUE.has(name)
  return isTelling || status === undefined ? name : (STATUSES[status] ?? name)
}

/** How often the SDK made the call. */
export function attemptsOf(error: unknown): number {
  return ((error ?? {}) as S3Failure).$metadata?.attempts ?? 1
}

/** What a call gives; `undefined` where S3 says that there is no such object. */
export async function orNoSuchKey<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    if (nameOfError(error) === 'NoSuchKey') return undefined
    throw error
  }
}

/** Whether S3 says that the credentials have ended, or were replaced: new ones may do. */
export function hasExpired(error: unknown): boolean {
  return EXPIRED.has(nameOfError(error))
}

/** The same as an error of the store: what happened to what, whether to try again, and what to do. */
export function s3Error(error: unknown, place: S3CallPlace): SidestepError {
  if (SidestepError.isInstance(error)) return error
  const isLeft = error instanceof LeftPartsError
  const cause = isLeft ? error.cause : error
  const name = nameOfError(cause)
  const advice = adviserFor(cause, name)(place, cause as S3Failure)
  const left = isLeft ? `; ${error.message}` : ''
  return new SidestepError(`could not ${place.verb} ${place.uri}: ${wordsOf(cause, name)}${left}`, {
    code: 'STORE_FAILED',
    ...advice,
    cause: error,
  })
}

function adviserFor(error: unknown, name: string): Adviser {
  if (isClockError(error)) return skewed
  return ADVICE[name] ?? (name.startsWith('KMS.') ? badKey : unreachable)
}

const EXPIRED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidToken',
  'TokenRefreshRequired',
])

interface Advice {
  readonly kind: FailureKind
  readonly hint: string
}

type Adviser = (place: S3CallPlace, failure: S3Failure) => Advice

/** Names that only say that there was no body. */
const VAGUE: ReadonlySet<string> = new Set([
  'Error',
  'Unknown',
  'UnknownError',
  'S3ServiceException',
  'BadRequest',
  'NotFound',
  'Forbidden',
])

const STATUSES: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  400: 'BadRequest',
  403: 'AccessDenied',
  404: 'NotFound',
  409: 'ConditionalRequestConflict',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
}

const denied: Adviser = ({ uri, bucket }) => ({
  kind: 'auth',
  hint:
    `Allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload below ${uri}, and s3:ListBucket on the bucket ` +
    `${bucket}: without the latter S3 does not say whether an object is there. Of objects with a KMS key, kms:GenerateDataKey and kms:Decrypt too.`,
})

const expired: Adviser = () => ({
  kind: 'auth',
  hint: 'The credentials have ended. Sign in again (`aws sso login`), or renew what AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN say.',
})

const unknownKey: Adviser = () => ({
  kind: 'auth',
  hint: 'AWS does not know these credentials. `aws sts get-caller-identity` with the same profile says who it takes you for.',
})

const noCredentials: Adviser = () => ({
  kind: 'auth',
  hint: `${NO_CREDENTIALS_HINT} A job needs a role.`,
})

const skewed: Adviser = () => ({ kind: 'infra', hint: CLOCK_HINT })

const noBucket: Adviser = ({ bucket, region, endpoint }) => ({
  kind: 'config',
  hint: `There is no bucket ${bucket}. Make it (\`aws s3 mb s3://${bucket} --region ${region}${endpoint === undefined ? '' : ` --endpoint-url ${endpoint}`}\`), or correct \`uri\`.`,
})

const elsewhere: Adviser = ({ bucket, region }, failure) => {
  const actual = failure.$response?.headers?.['x-amz-bucket-region'] ?? failure.Region
  return {
    kind: 'config',
    hint:
      actual === undefined || actual === region
        ? `The bucket ${bucket} is not in ${region}. Set \`region\` to the bucket's: \`aws s3api get-bucket-location --bucket ${bucket}\` says it.`
        : `The bucket ${bucket} is in ${actual}, not in ${region}. Set \`region\` to ${actual}.`,
  }
}

const badKey: Adviser = ({ kmsKeyId, region }) => ({
  kind: 'config',
  hint:
    kmsKeyId === undefined
      ? "The KMS key of the bucket's default encryption cannot be used: see whether it is enabled."
      : `The KMS key ${kmsKeyId} cannot be used: see whether it is there, enabled, and in ${region}.`,
})

const unreachable: Adviser = () => ({
  kind: 'infra',
  hint: 'See whether the artifact store can be reached and written to from here: `endpoint`, AWS_ENDPOINT_URL, a proxy, a firewall.',
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what the SDK itself throws. */
const ADVICE: Readonly<Record<string, Adviser>> = {
  AccessDenied: denied,
  AllAccessDisabled: denied,
  AccountProblem: denied,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  InvalidAccessKeyId: unknownKey,
  InvalidToken: unknownKey,
  SignatureDoesNotMatch: unknownKey,
  UnrecognizedClientException: unknownKey,
  InvalidClientTokenId: unknownKey,
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  NoSuchBucket: noBucket,
  InvalidBucketName: noBucket,
  PermanentRedirect: elsewhere,
  Redirect: elsewhere,
  AuthorizationHeaderMalformed: elsewhere,
  IllegalLocationConstraintException: elsewhere,
}

/** An answer without a body has no words of its own. */
function wordsOf(error: unknown, name: string): string {
  // What the SDK adds is for who has the error in a debugger.
  const [message = ''] = messageOf(error).split('\n  Deserialization error')
  if (message === '' || /^Unknown(?:Error)?$/.test(message)) return name
  return message.includes(name) || name === 'Error' || name === '' ? message : `${name}: ${message}`
}
