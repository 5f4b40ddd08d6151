import { SidestepError } from '@sidestep/core'
import * as z from 'zod'

import { parseReference } from '../distribution/reference.ts'
import { strictObject } from '../strict-object.ts'
import type { OciConfig, OciContainerRegistryConfig } from './oci-config.ts'

/** A configuration of the image builder, complete. */
export interface ResolvedOciConfig {
  readonly parentImage: string
  readonly nodeVersion: '22' | '24'
}

/** Of `OciConfig`. */
export const ociConfigSchema: z.ZodType<ResolvedOciConfig, OciConfig> = strictObject({
  parentImage: z
    .string()
    .superRefine((value, context) => orIssue(context, () => parseReference(value)))
    .optional()
    .describe('What steps without a parentImage are built on. Default: node:24-slim.'),
  nodeVersion: z
    .enum(['22', '24'])
    .default('24')
    .describe('The Node.js that images without one get, and of the default parentImage.'),
}).transform(({ parentImage, nodeVersion }) => ({
  parentImage: parentImage ?? `node:${nodeVersion}-slim`,
  nodeVersion,
})) as z.ZodType<ResolvedOciConfig, OciConfig>

/** Of `OciContainerRegistryConfig`. */
export const ociContainerRegistryConfigSchema: z.ZodType<OciContainerRegistryConfig> = strictObject({
  uri: z
    .string()
    .min(1)
    .superRefine((value, context) => orIssue(context, () => checkUri(value)))
    .describe('host[:port][/path]: images are pushed to repositories below it.'),
})

function checkUri(uri: string): void {
  parseReference(`${uri.replace(/\/+$/u, '')}/sidestep`)
  // Without a dot or a port it would be a repository of Docker Hub.
  if (!/^(?:[^/]*[.:A-Z[][^/]*|localhost)(?:\/|$)/u.test(uri)) {
    throw new SidestepError(`"${uri}" names no registry`, {
      code: 'CONFIG_INVALID',
      kind: 'config',
      hint: `Write the host too: docker.io/${uri}.`,
    })
  }
}

function orIssue(context: z.RefinementCtx, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (!SidestepError.isInstance(error)) throw error
    context.addIssue({ code: 'custom', message: [error.message, error.hint].filter(Boolean).join(' ') })
  }
}
