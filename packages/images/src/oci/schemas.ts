import { configError, type SidestepError } from '@sidestep/core/component'

import { checkRegistry, checkRepository, parseReference } from '../distribution/reference.ts'
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
    description: `What steps without a parentImage are built on. Default: ${defaultParentImage(DEFAULT_NODE)}.`,
    check: parseReference,
  },
  nodeVersion: {
    description: 'The Node.js that images without one get, and of the default parentImage.',
    default: DEFAULT_NODE,
    enum: ['22', '24'],
  },
}

/** What steps are built on where neither they nor the builder say it. */
export function defaultParentImage(nodeVersion: ResolvedOciConfig['nodeVersion']): string {
  return `node:${nodeVersion}-slim`
}

/** What they have in common, complete. */
export function resolvedBuilder(given: Readonly<Record<string, string>>): ResolvedOciConfig {
  const nodeVersion = (given['nodeVersion'] ?? DEFAULT_NODE) as '22' | '24'
  return { parentImage: given['parentImage'] ?? defaultParentImage(nodeVersion), nodeVersion }
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
  const [, scheme = '', bare = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*?)\/*$/isu.exec(uri) ?? []
  if (scheme !== '') throw noPlace(`"${uri}" begins like a URL, and a registry is host[:port][/path]`, `Write ${bare}.`)
  const [host = '', ...parts] = bare.split('/')
  const path = parts.join('/')
  // Without a dot or a port it would be a repository of Docker Hub.
  if (!/[.:A-Z[]|^localhost$/u.test(host)) {
    throw noPlace(`"${uri}" names no registry`, `Write the host too: docker.io/${bare}.`)
  }
  checkRegistry(host, uri)
  if (path !== '') checkRepository(path, uri)
  if (isDockerHub(host) && (path === '' || parts[0] === 'library')) {
    throw noPlace(
      `"${uri}" names no place on Docker Hub that images can be pushed to`,
      'Write your namespace too: docker.io/NAME.',
    )
  }
}

function noPlace(message: string, hint: string): SidestepError {
  return configError('CONFIG_INVALID', message, hint)
}
