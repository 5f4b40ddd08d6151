import { configError, type ContainerRegistry, type DockerSettings } from '@sidestep/core/component'

import { parseReference } from '../distribution/reference.ts'
import { DEFAULT_REPOSITORY } from '../oci/default-repository.ts'

/** Where an image is pushed to. */
export interface Target {
  /** `host[:port]` */
  readonly registry: string
  /** Its full path there. */
  readonly repository: string
}

/** The stack's registry. Throws `STACK_INVALID` where there is none, with the flavor of the builder that needs one. */
export function checkRegistry(
  registry: ContainerRegistry<any> | undefined,
  flavor: 'oci' | 'docker',
): ContainerRegistry<any> {
  if (registry !== undefined) return registry
  throw configError(
    'STACK_INVALID',
    `the image builder ${flavor} has nowhere to put images: the stack has no container registry`,
    'Give the stack a containerRegistry.',
  )
}

/** Throws `CONFIG_INVALID` for a repository that cannot be. */
export function targetOf(
  registry: Pick<ContainerRegistry<any>, 'uri'>,
  { targetRepository = DEFAULT_REPOSITORY }: DockerSettings,
): Target {
  const name = `${registry.uri}/${targetRepository}`
  const { registry: host, repository, tag, digest } = parseReference(name)
  if (tag === undefined && digest === undefined) return { registry: host, repository }
  throw configError(
    'CONFIG_INVALID',
    `docker.targetRepository is "${targetRepository}", and images are tagged by what is in them`,
    'Write the repository without a tag and without a digest.',
  )
}
