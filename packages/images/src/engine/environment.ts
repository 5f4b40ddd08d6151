import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'

import { codeOf, configError, type ImageRecipe, type PlanImageOptions } from '@sidestep/core/component'
import { fingerprint } from '@sidestep/core/files'

import type { BaseImage } from '../base/base-image.ts'
import { contentOf } from '../builder/code-layer.ts'
import { baseOf } from '../builder/image-parts.ts'
import type { Registries } from '../distribution/registries.ts'
import { formatReference, parseReference } from '../distribution/reference.ts'
import type { LayerEntry } from '../layer/layer.ts'
import { unreadable } from '../layer/layer-error.ts'
import type { ResolvedOciConfig } from '../oci/schemas.ts'
import { contextEntries } from './build-context.ts'
import { parseDockerfile, withImages } from './dockerfile.ts'
import { packagesDockerfile, packagesOf, type SystemPackages } from './packages-dockerfile.ts'

/** Part of every key: another number where the same inputs give another image. */
const FORMAT = 1

/** A Dockerfile of the project, with all that its build takes. */
export interface DockerfileStage {
  /** `env-` and what stands for all of it. */
  readonly tag: string
  /** Its path in the project. */
  readonly path: string
  /** Its text, with every image by its digest. */
  readonly text: string
  readonly images: readonly string[]
  /** What its last stage is built on. */
  readonly base: string | undefined
  readonly entries: readonly LayerEntry[]
}

/** Packages on top of that, or of the parent image. */
export interface PackagesStage {
  readonly tag: string
  readonly packages: SystemPackages
}

/** All that an engine has to make of a recipe. */
export interface Environment {
  readonly platform: string
  /** The parent image. Absent: there is a Dockerfile. */
  readonly parent?: BaseImage
  readonly dockerfile?: DockerfileStage
  readonly packages?: PackagesStage
}

/** With what a recipe is looked into. */
export interface EnvironmentOptions extends Pick<PlanImageOptions, 'home' | 'signal'> {
  readonly registries: Registries
  readonly config: ResolvedOciConfig
}

/** True where something has to run while the image is made. */
export function needsEngine({ dockerSettings }: ImageRecipe): boolean {
  const { dockerfile, aptPackages = [], pipRequirements = [] } = dockerSettings
  return dockerfile !== undefined || aptPackages.length + pipRequirements.length > 0
}

/** Finds out what an engine has to make. Makes nothing. Rejects with `IMAGE_INVALID` and `IMAGE_UNKNOWN`. */
export async function environmentOf(recipe: ImageRecipe, options: EnvironmentOptions): Promise<Environment> {
  const { dockerSettings } = recipe
  const packages = packagesOf(dockerSettings)
  const { dockerfile: path, parentImage } = dockerSettings
  if (path !== undefined && parentImage !== undefined) {
    throw configError(
      'IMAGE_INVALID',
      'docker.parentImage and docker.dockerfile both say what the image is built on',
      'Remove parentImage, and name it in the FROM of the Dockerfile.',
    )
  }
  const platform = dockerSettings.platform ?? recipe.platform
  const parent = path === undefined ? await baseOf(recipe, options.config, options) : undefined
  const dockerfile = path === undefined ? undefined : await dockerfileStage(path, { ...recipe, platform }, options)
  return {
    platform,
    ...(parent === undefined ? {} : { parent }),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...packagesStage(packages, { platform, below: dockerfile?.tag ?? parent?.digest ?? '' }),
  }
}

function packagesStage(
  packages: SystemPackages,
  { platform, below }: { readonly platform: string; readonly below: string },
): { readonly packages?: PackagesStage } {
  if (packages.aptPackages.length + packages.pipRequirements.length === 0) return {}
  // The text stands for the lists, and for how they are installed.
  const text = packagesDockerfile(packages, { parent: '', user: '' })
  return { packages: { tag: tagOf({ platform, below, text }), packages } }
}

async function dockerfileStage(
  named: string,
  { projectFolder, platform }: Pick<ImageRecipe, 'projectFolder' | 'platform'>,
  { registries, signal }: EnvironmentOptions,
): Promise<DockerfileStage> {
  const path = posix.normalize(named)
  if (posix.isAbsolute(path) || path === '..' || path.startsWith('../')) {
    throw configError('IMAGE_INVALID', `docker.dockerfile is ${named}, which is no path in the project`)
  }
  const written = await readDockerfile(projectFolder, path)
  const { images, base, sources } = parseDockerfile(written, { origin: path, platform })
  const pinned = new Map<string, string>()
  for (const { name } of images) {
    if (!pinned.has(name)) pinned.set(name, await byDigest(name, { path, registries, signal }))
  }
  const text = withImages(
    written,
    images.map((image) => ({ ...image, name: pinned.get(image.name) ?? image.name })),
  )
  const entries = await contextEntries({ projectFolder, dockerfile: path, sources, signal })
  const content = await contentOf(entries, { signal })
  return {
    tag: tagOf({ platform, text, content }),
    path,
    text,
    images: [...pinned.values()],
    base: base === undefined ? undefined : pinned.get(base),
    entries,
  }
}

function tagOf(inputs: object): string {
  return `env-${fingerprint({ format: FORMAT, inputs })}`
}

async function readDockerfile(projectFolder: string, path: string): Promise<string> {
  try {
    return await readFile(join(projectFolder, path), 'utf8')
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unreadable(path, error)
    const message = `docker.dockerfile is ${path}, and there is no such file`
    throw configError('IMAGE_INVALID', message, 'Its path is relative to the folder of package.json.')
  }
}

/** The name of what a tag stands for now, for all of its platforms. */
async function byDigest(
  name: string,
  {
    path,
    registries,
    signal,
  }: { readonly path: string; readonly registries: Registries; readonly signal: AbortSignal },
): Promise<string> {
  const reference = parseReference(name)
  const { registry, repository } = reference
  if (reference.digest !== undefined) return formatReference({ registry, repository, digest: reference.digest })
  const found = await registries.repository(reference).manifest(reference.tag ?? 'latest', { signal })
  if (found !== undefined) return formatReference({ registry, repository, digest: found.digest })
  throw configError(
    'IMAGE_UNKNOWN',
    `there is no image ${formatReference(reference)}, which ${path} names`,
    'It has to be in a registry. Some registries answer so where one is not logged in.',
  )
}
