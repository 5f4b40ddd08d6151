import * as z from 'zod'

import { environmentRegion } from '../aws/environment-region.ts'

/** The name of a region. */
export const regionSchema: z.ZodType<string, string> = z
  .string()
  .regex(/^[a-z]{2,4}(?:-[a-z]+)+-\d+$/, 'this is not a region: write one such as eu-west-1')

/** Of `~/.aws/config`. */
export const profileSchema: z.ZodType<string, string> = z.string().min(1)

/** The URL of a service. */
export const endpointSchema: z.ZodType<string, string> = z.url({
  protocol: /^https?$/,
  error: 'this is not a URL: write http://127.0.0.1:4566, or https://…',
})

/** What is given, else what the environment says; where neither says it, an issue of the configuration. */
export function regionOr(given: string | undefined, whose: string, context: z.RefinementCtx): string | undefined {
  const region = given ?? environmentRegion().region
  if (region !== undefined) return region
  const message = `it is not given, and AWS_REGION is not set: write the region of ${whose}, such as eu-west-1`
  context.addIssue({ code: 'custom', input: given, path: ['region'], message })
  return undefined
}
