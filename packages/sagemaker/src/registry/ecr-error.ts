import { messageOf, SidestepError, type FailureKind } from '@sidestep/core/component'

import { CLOCK_HINT, isClockError } from '../aws/clock-error.ts'

/** What was being done. */
export interface EcrTask {
  /** `log in to`, `make the repository acme/steps in`. */
  readonly doing: string
  /** `123456789012.dkr.ecr.eu-west-1.amazonaws.com` */
  readonly registry: string
  /** That the caller needs: `ecr:GetAuthorizationToken`. */
  readonly action: string
}

/** Whether AWS says that the credentials have ended, or were replaced: new ones may do. */
export function hasExpired(error: unknown): boolean {
  const { name = '' } = (error ?? {}) as { readonly name?: string }
  return /^(?:ExpiredToken|InvalidClientTokenId|TokenRefreshRequired|UnrecognizedClient)/.test(name)
}

/** What a call to the API threw, as an error of the registry. */
export function ecrError(error: unknown, { doing, registry, action }: EcrTask): SidestepError {
  if (SidestepError.isInstance(error)) return error
  const { name = 'Error' } = (error ?? {}) as { readonly name?: string }
  const [kind, hint] = isClockError(error)
    ? OF_CLOCK
    : (KINDS.find(([names]) => names.test(name)) ?? OTHERWISE)[1](action)
  // What the SDK adds is for who has the error in a debugger.
  const [words = ''] = messageOf(error).split('\n  Deserialization error')
  const why = words === '' || name === 'Error' || words.includes(name) ? words || name : `${name}: ${words}`
  const message = `could not ${doing} ${registry}: ${why}`
  return new SidestepError(message, { code: 'REGISTRY_FAILED', kind, hint, cause: error })
}

type Advice = readonly [kind: FailureKind, hint: string]
type Known = readonly [names: RegExp, advice: (action: string) => Advice]

const OF_CLOCK: Advice = ['infra', CLOCK_HINT]
const OTHERWISE: Known = [/(?:)/, () => ['infra', 'See whether ECR can be reached from here.']]

const KINDS: readonly Known[] = [
  [
    /^(?:AccessDenied|NotAuthorized|Forbidden)/,
    (action) => ['auth', `Allow ${action} to who runs this: \`aws sts get-caller-identity\` says who that is.`],
  ],
  [
    /^(?:ExpiredToken|TokenRefreshRequired)/,
    () => ['auth', 'The credentials have ended. Sign in again: `aws sso login`, or a new AWS_SESSION_TOKEN.'],
  ],
  [
    /^(?:CredentialsProvider|TokenProvider|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|SignatureDoesNotMatch)/,
    () => ['auth', 'Sign in (`aws sso login`), set `profile`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'],
  ],
  [/^(?:LimitExceeded|TooManyTags)/, () => ['quota', 'Ask for more in Service Quotas, or remove what is not needed.']],
  [
    /^(?:InvalidParameter|InvalidTagParameter|Validation)/,
    () => ['config', 'Names have small letters and digits, with . _ __ or - between, and / between parts: 2 to 256.'],
  ],
  [/^Kms/, () => ['config', 'See whether the KMS key is there, enabled, in the same region, and may be used.']],
]
