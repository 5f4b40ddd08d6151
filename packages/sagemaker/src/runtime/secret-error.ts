import { SidestepError, type FailureKind } from '@sidestep/core'

import { jobClientConfig, type AwsClientConfig } from '../aws/aws-client-config.ts'
import { parseArn } from '../aws/arn.ts'
import { CLOCK_HINT, isClockError } from '../aws/clock-error.ts'

/** Many jobs begin at once, and the Parameter Store answers 40 calls a second unless it is told to do more. */
const ATTEMPTS = 10

/** One call for a secret. */
export interface SecretCall {
  /** The reference. */
  readonly place: string
  /** That the job's role needs: `ssm:GetParameter`. */
  readonly action: string
  /** By which a person can ask the same, less the region: `aws ssm get-parameter --name /x`. */
  readonly command: string
  /** Where it was asked for. */
  readonly region: string
}

/** What a client for a secret is made with: in the region of its ARN, else in the job's. */
export function secretClientConfig(id: string, place: string): AwsClientConfig & { readonly maxAttempts: number } {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
  const region = [parseArn(id)?.region, AWS_REGION, AWS_DEFAULT_REGION].find((one) => one !== undefined && one !== '')
  if (region === undefined) {
    throw missingSecret(place, 'its region is not known', 'Write its ARN, or set AWS_REGION for the job.')
  }
  return { ...jobClientConfig({ region }), maxAttempts: ATTEMPTS }
}

/** That a secret cannot be had. */
export function missingSecret(place: string, why: string, hint: string, kind: FailureKind = 'config'): SidestepError {
  return new SidestepError(`the secret ${place} cannot be resolved: ${why}`, { code: 'SECRET_MISSING', kind, hint })
}

/**
 * What a call for a secret threw, without anything of an answer: only the words of an error that the service sent are taken over, and
 * never a cause, since an answer that cannot be read is quoted in its error.
 */
export function secretError(error: unknown, { place, action, command, region }: SecretCall): SidestepError {
  if (SidestepError.isInstance(error)) return error
  const {
    name = 'Error',
    message = '',
    $fault,
    $metadata,
  } = (error ?? {}) as {
    readonly name?: string
    readonly message?: string
    readonly $fault?: string
    readonly $metadata?: { readonly httpStatusCode?: number }
  }
  const status = $metadata?.httpStatusCode
  if ($fault === undefined && status !== undefined) {
    const hint = 'Something between the job and AWS has answered: a proxy, a load balancer, the endpoint of its VPC.'
    return missingSecret(place, `the answer had the status ${status}, and was none of AWS (${name})`, hint, 'infra')
  }
  // The SDK's word for an answer without one.
  const words = message === 'UnknownError' || $fault === undefined ? '' : message
  const why = words === '' ? name : `${name}: ${words}`
  if (isClockError(error)) return missingSecret(place, why, CLOCK_HINT, 'infra')
  if (ABSENT.has(name)) {
    const hint = `The job asked in ${region}, with its role: see what \`${command} --region ${region}\` says. Correct the name or the region (an ARN has its own), or make it.`
    return missingSecret(place, why, hint)
  }
  if (DENIED.test(name)) {
    const hint = `Allow the role of the job (\`role\` of the step operator) ${action} on it in ${region}, and kms:Decrypt on its key.`
    return missingSecret(place, why, hint, 'auth')
  }
  return missingSecret(
    place,
    why,
    'See whether the job can reach the service: in a VPC it needs an endpoint for it.',
    'infra',
  )
}

const ABSENT: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'InvalidRequestException',
  'InvalidParameterException',
  'ValidationException',
  'ParameterNotFound',
  'ParameterVersionNotFound',
  'InvalidKeyId',
])

const DENIED =
  /^(?:AccessDenied|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|CredentialsProvider|DecryptionFailure|IncompleteSignature|MissingAuthenticationToken)/
