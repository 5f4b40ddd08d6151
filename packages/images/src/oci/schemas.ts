import { SidestepError } from '@sidestep/core/component'

import { parseReference } from '../distribution/reference.ts'
import { isDockerHub } from '../distribution/registry-host.ts'
import { textConfig, type TextConfig, type TextOption } from '../text-config.ts'
import type { OciContainerRegistryConfig } from './oci-config.ts'

/** A configuration of the image builder, complete. */
export interface ResolvedOciConfig {
  readonly parentImage: string
  readonly nodeVersion: '22' | '24'
}

const DEFAULT_NODE = '24'

/** What image builders have in common. */
export const builderOptions: Readonly<Record<'parentImage' | 'nodeVersion', TextOption>> = {
  parentImage: {
    description: `What steps without a parentImage are built on. Default: node:${DEFAULT_NODE}-slim.`,
    check: parseReference,
  },
  nodeVersion: {
    description: 'The Node.js that images without one get, and of the default parentImage.',
    default: DEFAULT_NODE,
    enum: ['22', '24'],
  },
}

/** What they have in common, complete. */
export function resolvedBuilder(given: Readonly<Record<string, string>>): ResolvedOciConfig {
  const nodeVersion = (given['nodeVersion'] ?? DEFAULT_NODE) as '22' | '24'
  return { parentImage: given['parentImage'] ?? `node:${nodeVersion}-slim`, nodeVersion }
}

/** Of `OciConfig`. */
export const ociConfigSchema: TextConfig<ResolvedOciConfig> = textConfig(builderOptions, resolvedBuilder)

/** Of `OciContainerRegistryConfig`. */
export const ociContainerRegistryConfigSchema: TextConfig<OciContainerRegistryConfig> = textConfig(
  {
    uri: {
      description: 'host[:port][/path]: images are pushed to repositories below it.',
      required: true,
      check: checkUri,
    },
  },
  ({ uri = '' }) => ({ uri }),
)

function checkUri(uri: string): void {
  const { registry, repository } = parseReference(`${uri.replace(/\/+$/u, '')}/sidestep`)
  // Without a dot or a port it would be a repository of Docker Hub.
  if (!/^(?:[^/]*[.:A-Z[][^/]*|localhost)(?:\/|$)/u.test(uri)) {
    throw new SidestepError(`"${uri}" names no registry`, {
      code: 'CONFIG_INVALID',
      kind: 'config',
      hint: `Write the host too: docker.io/${uri}.`,
    })
  }
  if (isDockerHub(registry) && (!repository.includes('/') || repository.startsWith('library/'))) {
    throw new SidestepError(`"${uri}" names no place on Docker Hub that images can be pushed to`, {
      code: 'CONFIG_INVALID',
      kind: 'config',
      hint: 'Write your namespace too: docker.io/NAME.',
    })
  }
}
