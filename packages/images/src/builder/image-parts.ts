import { posix } from 'node:path'

import { configError, type ImageRecipe, type PlanImageOptions } from '@sidestep/core/component'
import { fingerprint } from '@sidestep/core/files'

import type { BaseImage } from '../base/base-image.ts'
import { DocumentCache } from '../base/document-cache.ts'
import { nodeForPlatform } from '../base/node-need.ts'
import { likelyBase, resolveBase, type ResolveBaseOptions } from '../base/resolve-base.ts'
import type { ResolvedOciConfig } from '../oci/schemas.ts'
import { ofBuilder } from './base-of-builder.ts'
import { contentOf, listCode, type StepCode } from './code-layer.ts'
import type { Registries } from '../distribution/registries.ts'

/** What is known of an image before anything of it is made. */
export interface ImageParts extends StepCode {
  readonly base: BaseImage
  /** Absolute: where the files lie. */
  readonly filesFolder: string
  /** What the image has set, where it is not the base's own. */
  readonly workdir?: string
}

/** Where files go in an image whose own working directory is the root: there they could replace folders of the system. */
export const WORK_FOLDER = '/opt/sidestep/files'

type BaseOptions = Pick<PlanImageOptions, 'home' | 'signal'> & { readonly registries: Registries }

/** The base that a recipe is built on. */
export async function baseOf(recipe: ImageRecipe, config: ResolvedOciConfig, options: BaseOptions): Promise<BaseImage> {
  const named = recipe.dockerSettings.parentImage
  if (named !== undefined) return resolveBase(named, resolving(recipe, options))
  try {
    return await resolveBase(config.parentImage, resolving(recipe, options))
  } catch (error) {
    throw ofBuilder(error, config)
  }
}

/** The same, as it most likely is, without asking anybody; `undefined` where that is not known. */
export async function likelyBaseOf(
  recipe: ImageRecipe,
  { parentImage }: ResolvedOciConfig,
  options: BaseOptions,
): Promise<BaseImage | undefined> {
  return likelyBase(recipe.dockerSettings.parentImage ?? parentImage, resolving(recipe, options))
}

function resolving(
  { dockerSettings, platform }: ImageRecipe,
  { home, signal, registries }: BaseOptions,
): ResolveBaseOptions {
  return { platform: dockerSettings.platform ?? platform, registries, documents: new DocumentCache(home), signal }
}

/** Lists what of the project goes on top of a base. Throws `IMAGE_INVALID` for files that would lie in the root. */
export async function partsOf(
  recipe: ImageRecipe,
  base: BaseImage,
  { signal }: Pick<PlanImageOptions, 'signal'>,
): Promise<ImageParts> {
  const { workdir: wanted, files = [] } = recipe.dockerSettings
  const own = base.config.config?.WorkingDir ?? ''
  const workdir = wanted ?? (files.length > 0 && isRoot(own) ? WORK_FOLDER : undefined)
  const filesFolder = workdir ?? own
  if (files.length > 0 && isRoot(filesFolder)) {
    throw configError(
      'IMAGE_INVALID',
      'docker.files would lie in the root of the image, and docker.workdir says so',
      'Choose another workdir: in the root, a folder of the project can replace one of the system.',
    )
  }
  const code = await listCode(recipe, { filesFolder, signal })
  return { base, ...code, filesFolder, ...(workdir === undefined ? {} : { workdir }) }
}

/** Stands for all but the bundle and the packages. `nodeVersion`: of the Node.js that the base may get. */
export async function environmentKeyOf(
  { dockerSettings }: ImageRecipe,
  { base, files, workdir = null }: Omit<ImageParts, 'workdir'> & { readonly workdir?: string | null },
  { nodeVersion, signal }: Pick<ResolvedOciConfig, 'nodeVersion'> & Pick<PlanImageOptions, 'signal'>,
): Promise<string> {
  const { environment = {}, user = null } = dockerSettings
  const content = await contentOf(files, { signal })
  const node = nodeForPlatform(nodeVersion, base.platform)?.version ?? null
  return fingerprint({ base: base.digest, platform: base.platform, node, environment, user, workdir, files: content })
}

function isRoot(folder: string): boolean {
  return posix.normalize(`/${folder}`).replaceAll('/', '') === ''
}
