import type { S3Client } from '@aws-sdk/client-s3'

/** What S3 answers where it refuses the signature, and so has not looked at the request. */
const UNSIGNED: ReadonlySet<number> = new Set([400, 401, 403])

/** The SDK's own types of these are in a package that it does not export. */
type Handler = (call: any) => Promise<any>

/**
 * Lets an answer be an answer on a machine whose clock is off by minutes. There, the SDK takes every error for one of the clock and
 * calls again: an object that is not there was asked for four times, and of one that was there already nobody knew whether the
 * first of four calls had written it.
 */
export function takeAnswers({ middlewareStack }: S3Client): void {
  middlewareStack.addRelativeTo(
    (next: Handler): Handler =>
      async (call) => {
        try {
          return await next(call)
        } catch (error) {
          const { $metadata } = error as { $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean } }
          const { httpStatusCode: status } = $metadata ?? {}
          if ($metadata !== undefined && status !== undefined && status < 500 && !UNSIGNED.has(status)) {
            delete $metadata.clockSkewCorrected
          }
          throw error
        }
      },
    { name: 'sidestepAnswers', relation: 'before', toMiddleware: 'httpSigningMiddleware' },
  )
}
