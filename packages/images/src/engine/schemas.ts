import * as z from 'zod'

import { ociConfigSchema, type ResolvedOciConfig } from '../oci/schemas.ts'
import { strictObject } from '../strict-object.ts'
import type { DockerBuilderConfig } from './docker-builder-config.ts'

/** A configuration of the image builder, complete. */
export interface ResolvedDockerBuilderConfig extends ResolvedOciConfig {
  readonly host?: string
  readonly program?: string
}

/** Of `DockerBuilderConfig`. */
export const dockerBuilderConfigSchema: z.ZodType<ResolvedDockerBuilderConfig, DockerBuilderConfig> = strictObject({
  parentImage: z.string().optional().describe('What steps without a parentImage are built on. Default: node:24-slim.'),
  nodeVersion: z
    .enum(['22', '24'])
    .default('24')
    .describe('The Node.js that images without one get, and of the default parentImage.'),
  host: z
    .string()
    .regex(/^[a-z]+:\/\/./u, 'write unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host')
    .optional()
    .describe('Where the engine listens. Default: DOCKER_HOST, else what the client uses.'),
  program: z
    .string()
    .min(1)
    .optional()
    .describe('The client that builds. Default: the first docker in PATH that has BuildKit, else podman.'),
}).transform(({ parentImage, nodeVersion, host, program }, context) => {
  const shared = ociConfigSchema.safeParse({ nodeVersion, ...(parentImage === undefined ? {} : { parentImage }) })
  if (!shared.success) {
    for (const { path, message } of shared.error.issues) context.addIssue({ code: 'custom', path: [...path], message })
    return z.NEVER
  }
  return {
    ...shared.data,
    ...(host === undefined ? {} : { host }),
    ...(program === undefined ? {} : { program }),
  }
}) as z.ZodType<ResolvedDockerBuilderConfig, DockerBuilderConfig>
