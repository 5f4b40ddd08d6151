import * as z from 'zod'

import { isLoopback } from '../aws/is-loopback.ts'
import { endpointSchema, profileSchema, regionOr, regionSchema } from '../config/location-schemas.ts'
import { strictObject } from '../config/strict-object.ts'
import type { EcrConfig, ResolvedEcrConfig } from './ecr-config.ts'
import { parseEcrUri } from './ecr-uri.ts'

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html */
const MAX_TAGS = 50
const tagKey = z
  .string()
  .min(1)
  .max(128)
  .regex(/^(?!aws:)/i, 'tags that begin with aws: are AWS’s own')

const uri = z.string().superRefine((text, context) => {
  if (parseEcrUri(text) !== undefined) return
  const bare = text.replace(/^[a-z]+:\/\//i, '')
  context.addIssue({ code: 'custom', message: whyNoUri(text, bare) })
})

/** Of `EcrConfig`. */
export const ecrConfigSchema: z.ZodType<ResolvedEcrConfig, EcrConfig> = strictObject({
  uri: uri.describe('ACCOUNT.dkr.ecr.REGION.amazonaws.com[/PREFIX]: images are pushed to repositories below it.'),
  region: regionSchema.optional().describe("Of a simulator's registry. That of any other is in its uri."),
  profile: profileSchema.optional().describe("Of ~/.aws/config, for the launcher's own calls."),
  endpoint: endpointSchema.optional().describe("Of the API, instead of Amazon's: a VPC endpoint, a simulator."),
  tags: z
    .record(tagKey, z.string().max(256))
    .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `no more than ${MAX_TAGS} tags`)
    .optional()
    .describe('Of the repositories that are made.'),
  mutableTags: z
    .boolean()
    .optional()
    .describe('Whether tags of images in the repositories that are made can be set again. Default: true.'),
  kmsKeyId: z.string().min(1).max(2048).optional().describe('Id or ARN of the key of the repositories that are made.'),
}).transform((given, context): ResolvedEcrConfig => {
  const config = given as EcrConfig
  const place = parseEcrUri(config.uri)
  const isOnThisMachine = place?.region === undefined
  if (isOnThisMachine && !(config.endpoint !== undefined && isLoopback(config.endpoint))) {
    const message = `a registry on this machine is a simulator's: set endpoint to its API, or write ACCOUNT.dkr.ecr.REGION.amazonaws.com`
    context.addIssue({ code: 'custom', input: config.uri, path: ['uri'], message })
    return z.NEVER
  }
  if (!isOnThisMachine && config.region !== undefined && config.region !== place.region) {
    const message = `the registry is in ${place.region}: leave region out`
    context.addIssue({ code: 'custom', input: config.region, path: ['region'], message })
    return z.NEVER
  }
  const region = place?.region ?? regionOr(config.region, 'the registry', context)
  return region === undefined ? z.NEVER : { ...config, region }
}) as z.ZodType<unknown> as z.ZodType<ResolvedEcrConfig, EcrConfig>

function whyNoUri(text: string, bare: string): string {
  if (bare !== text && parseEcrUri(bare) !== undefined) return `write it without the scheme: ${bare}`
  if (/^public\.ecr\.aws(?:\/|$)/.test(bare)) return 'images cannot be pushed there for jobs: use a private registry'
  return 'this is no registry of ECR: write ACCOUNT.dkr.ecr.REGION.amazonaws.com, or that with /PREFIX'
}
