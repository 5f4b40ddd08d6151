import { describe, expect, it } from 'vitest'

import { CLOCK_HINT, isClockError } from '../../src/aws/clock-error.ts'
import { asSidestepError } from '../../src/operator/aws-error.ts'
import { ecrError } from '../../src/registry/ecr-error.ts'
import { s3Error } from '../../src/store/s3-error.ts'

function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 403 } })
}

describe('a call that is refused for its time', () => {
  it.each([
    ['RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.'],
    ['RequestInTheFuture', 'Request is too far in the future'],
    ['RequestExpired', 'Request has expired'],
    ['InvalidSignatureException', 'Signature expired: 20261122T080000Z is now earlier than 20261122T090000Z'],
    ['InvalidSignatureException', 'Signature not yet current: 20261122T080000Z is still later than 20261122T070000Z'],
    ['SignatureDoesNotMatch', 'Signature expired: 20261122T080000Z is now earlier than 20261122T090000Z'],
  ])('is %s (%s): of every service the same, and no matter of credentials', (name, message) => {
    const error = awsError(name, message)
    expect(isClockError(error)).toBe(true)
    const place = { verb: 'read', uri: 's3://lake/x', bucket: 'lake', region: 'eu-west-1', kmsKeyId: undefined }
    const task = { doing: 'log in to', registry: 'a registry', action: 'ecr:GetAuthorizationToken' }
    for (const told of [asSidestepError(error, 'a call'), s3Error(error, place), ecrError(error, task)]) {
      expect([told.kind, told.hint, told.cause]).toEqual(['infra', CLOCK_HINT, error])
    }
  })

  it.each([
    awsError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided.',
    ),
    awsError('ExpiredTokenException', 'The security token included in the request is expired'),
    awsError('ValidationException', 'The signature expired'),
    new Error(''),
    'Signature',
    undefined,
  ])('is not %s', (error) => {
    expect(isClockError(error)).toBe(false)
  })
})
