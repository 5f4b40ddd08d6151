import { SidestepError } from '@sidestep/core'
import { describe, expect, it } from 'vitest'

import { asSidestepError, classOf, isNoSuchJob, isStoppedAlready, retryAfterMs } from '../../src/operator/aws-error.ts'

function awsError(
  name: string,
  message: string,
  httpStatusCode?: number,
  headers: Readonly<Record<string, string>> = {},
): Error {
  return Object.assign(new Error(message), {
    name,
    $metadata: httpStatusCode === undefined ? {} : { httpStatusCode },
    $response: { headers },
  })
}

describe('an error of AWS', () => {
  it.each([
    ['ThrottlingException', 'Rate exceeded', 400, 'throttled', 'infra'],
    ['TooManyRequestsException', 'Too many', 429, 'throttled', 'infra'],
    ['NoSuchName', 'slow down', 429, 'throttled', 'infra'],
    // ZenML #2198, #4493 and many more: credentials end while a job is waited for.
    ['ExpiredTokenException', 'The security token included in the request is expired', 400, 'expired', 'auth'],
    ['UnrecognizedClientException', 'The security token included in the request is invalid', 400, 'expired', 'auth'],
    ['CredentialsProviderError', 'Could not load credentials from any providers', undefined, 'expired', 'auth'],
    [
      'AccessDeniedException',
      'User is not authorized to perform: sagemaker:CreateTrainingJob',
      400,
      'forbidden',
      'auth',
    ],
    // ZenML #847, #4963: without quota, a run stayed as it was until somebody looked.
    [
      'ResourceLimitExceeded',
      "The account-level service limit 'ml.p4d.24xlarge for training job usage' is 0 Instances",
      400,
      'quota',
      'quota',
    ],
    // Other machines, which are the next attempt after a quota, have the same.
    [
      'ResourceLimitExceeded',
      "The account-level service limit 'Longest run time for a training job' is 432000 Seconds, with a request delta of 2419200 Seconds",
      400,
      'quota',
      'config',
    ],
    ['ResourceInUse', 'Training job names must be unique within an AWS account and region', 400, 'exists', 'config'],
    ['ResourceNotFound', 'no such experiment', 400, 'missing', 'config'],
    ['ValidationException', '1 validation error detected', 400, 'invalid', 'config'],
    ['ValidationException', 'Could not assume role arn:aws:iam::123456789012:role/steps.', 400, 'invalid', 'auth'],
    ['InternalFailure', 'oh', 500, 'away', 'infra'],
    ['ServiceUnavailable', 'later', 503, 'away', 'infra'],
    ['TimeoutError', 'socket hang up', undefined, 'away', 'infra'],
    // Of a create: its job may be there.
    ['RequestTimeoutException', 'no data came', 400, 'away', 'infra'],
    ['NoSuchName', 'no data came', 408, 'away', 'infra'],
    ['RequestInTheFuture', 'signed ahead', 403, 'skewed', 'infra'],
    [
      'InvalidSignatureException',
      'Signature not yet current: 20261124T022205Z is still later than 20261122T202705Z (20261122T202205Z + 5 min.)',
      400,
      'skewed',
      'infra',
    ],
    ['InvalidSignatureException', 'Signature expired: 20261122T080000Z is now earlier than …', 400, 'skewed', 'infra'],
    ['InvalidSignatureException', 'The request signature we calculated does not match', 400, 'expired', 'auth'],
    ['Error', 'connect ECONNREFUSED 127.0.0.1:1', undefined, 'away', 'infra'],
    // Whoever answered so, SageMaker may have got the call.
    ['SyntaxError', 'Unexpected token <', 200, 'away', 'infra'],
    ['SyntaxError', 'Unexpected token <', 400, 'away', 'infra'],
    ['SyntaxError', 'Unexpected token <', 403, 'away', 'infra'],
    ['SyntaxError', 'Unexpected token <', 429, 'throttled', 'infra'],
    ['Unknown', 'odd', 404, 'away', 'infra'],
    ['SageMakerServiceException', 'odd', 500, 'away', 'infra'],
    ['InternalServiceException', 'odd', 500, 'away', 'infra'],
    ['constructor', 'x', 400, 'invalid', 'config'],
  ])('%s (%s, %s) is %s, kind %s', (name, message, status, expected, kind) => {
    const error = awsError(name, message, status)
    expect(classOf(error)).toBe(expected)
    const told = asSidestepError(error, 'SageMaker CreateTrainingJob')
    expect([told.kind, told.cause]).toEqual([kind, error])
    expect(told.message).toContain(message)
    expect(told.message.startsWith('SageMaker CreateTrainingJob failed: ')).toBe(true)
  })

  it('that has no word of AWS is told by its status, and without what is for a debugger', () => {
    const words =
      'Unexpected end of JSON input\n  Deserialization error: to see the raw response, inspect the hidden field'
    const of = (name: string, message: string, status: number, headers = {}): string =>
      asSidestepError(awsError(name, message, status, headers), 'SageMaker DescribeTrainingJob').message
    expect([
      of('SyntaxError', words, 502),
      of('UnknownError', 'UnknownError', 307, { location: 'http://elsewhere/' }),
      of('InternalServiceException', 'oh', 500),
    ]).toEqual([
      'SageMaker DescribeTrainingJob failed: the answer had the status 502, and was none of AWS (SyntaxError: Unexpected end of JSON input)',
      'SageMaker DescribeTrainingJob failed: the answer had the status 307, which leads to http://elsewhere/, and was none of AWS',
      'SageMaker DescribeTrainingJob failed: InternalServiceException: oh',
    ])
  })

  it('of our own stays as it is', () => {
    const own = new SidestepError('x', { code: 'INTERNAL', kind: 'infra' })
    expect(asSidestepError(own, 'y')).toBe(own)
  })

  it('that a job does not exist is a word of its own', () => {
    expect(isNoSuchJob(awsError('ValidationException', 'Requested resource not found.', 400))).toBe(true)
    expect(isNoSuchJob(awsError('ValidationException', "Value 'x' at 'trainingJobName' failed", 400))).toBe(false)
  })

  // benchmark-ai #928: a stop of a job that had ended was an error.
  it('that a job has stopped already is no failure of a stop', () => {
    const message = 'The request was rejected because the training job is in status Stopped.'
    expect(isStoppedAlready(awsError('ValidationException', message, 400))).toBe(true)
    expect(isStoppedAlready(awsError('AccessDeniedException', message, 400))).toBe(false)
  })

  it('says when to come back', () => {
    expect(retryAfterMs(awsError('ThrottlingException', 'x', 400, { 'retry-after': '7' }))).toBe(7_000)
    expect(retryAfterMs(awsError('ThrottlingException', 'x', 400))).toBe(0)
    const date = new Date(Date.now() + 60_000).toUTCString()
    expect(retryAfterMs(awsError('ThrottlingException', 'x', 400, { 'retry-after': date }))).toBeGreaterThan(50_000)
    const [said, later] = ['Sun, 22 Nov 2020 10:00:00 GMT', 'Sun, 22 Nov 2020 10:00:30 GMT']
    expect(retryAfterMs(awsError('ThrottlingException', 'x', 400, { 'retry-after': later, date: said }))).toBe(30_000)
  })
})
