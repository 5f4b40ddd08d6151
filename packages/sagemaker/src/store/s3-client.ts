import type { S3Client } from '@aws-sdk/client-s3'

import type { AwsClientConfig } from '../aws/aws-client-config.ts'
import { takeAnswers } from '../aws/definite-answers.ts'
import { takeWholeAnswers } from './whole-answers.ts'

/** The SDK, loaded. */
export type S3Sdk = typeof import('@aws-sdk/client-s3')

/** An open connection to S3. */
export interface S3Connection {
  readonly sdk: S3Sdk
  /** For all that can be asked for again from the start. */
  readonly client: S3Client
  /** For the parts of a stream, which nobody can read a second time: it tries for longer. */
  readonly partClient: S3Client
}

/** How often a call is made until it counts as failed: some 2 seconds without an answer. Whoever waits longer is core. */
const ATTEMPTS = 4
/** The same for parts of a stream: some 15 seconds. */
const PART_ATTEMPTS = 8

/** Loads the SDK and makes its clients. */
export async function connectS3(config: AwsClientConfig): Promise<S3Connection> {
  const sdk = await import('@aws-sdk/client-s3')
  // An endpoint of one's own seldom has a name for each bucket.
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env
  const forcePathStyle = (config.endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined
  const client = (maxAttempts: number): S3Client => {
    const made = new sdk.S3Client({ ...config, forcePathStyle, maxAttempts })
    takeAnswers(made)
    takeWholeAnswers(made)
    return made
  }
  return { sdk, client: client(ATTEMPTS), partClient: client(PART_ATTEMPTS) }
}
