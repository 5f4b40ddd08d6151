import * as z from 'zod'

import { endpointSchema, profileSchema, regionOr, regionSchema } from '../config/location-schemas.ts'
import { strictObject } from '../config/strict-object.ts'
import { MAX_JOB_CONFIG_BYTES, parseS3Uri, s3JobConfig, type ResolvedS3Config, type S3Config } from './s3-config.ts'

const uri = z
  .string()
  .refine((text) => parseS3Uri(text) !== undefined, 'this is no place in S3: write s3://BUCKET or s3://BUCKET/PREFIX')

/** Of `S3Config`. */
export const s3ConfigSchema: z.ZodType<ResolvedS3Config, S3Config> = strictObject({
  uri: uri.describe('s3://BUCKET or s3://BUCKET/PREFIX: objects lie below it.'),
  region: regionSchema.optional().describe("The bucket's: eu-west-1. Default: AWS_REGION, else AWS_DEFAULT_REGION."),
  profile: profileSchema.optional().describe("Of ~/.aws/config, for the launcher's own calls."),
  endpoint: endpointSchema
    .optional()
    .describe("Instead of Amazon's: a VPC endpoint, a simulator, another store with the same protocol."),
  kmsKeyId: z
    .string()
    .min(1)
    .optional()
    .describe('Id or ARN of the key that objects are encrypted with. Default: as the bucket is set up.'),
}).transform((given, context): ResolvedS3Config => {
  const config = given as S3Config
  const region = regionOr(config.region, 'the bucket', context)
  if (region === undefined) return z.NEVER
  const resolved = { ...config, region }
  const bytes = Buffer.byteLength(JSON.stringify(s3JobConfig(resolved)))
  if (bytes > MAX_JOB_CONFIG_BYTES) {
    const message = `what a job has to know of the store takes ${bytes} bytes, and no more than ${MAX_JOB_CONFIG_BYTES} reach it: shorten the prefix`
    context.addIssue({ code: 'custom', input: config.uri, path: ['uri'], message })
    return z.NEVER
  }
  return resolved
}) as z.ZodType<unknown> as z.ZodType<ResolvedS3Config, S3Config>
