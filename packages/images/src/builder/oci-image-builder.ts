import {
  IMAGE_COMMAND,
  ImageBuilder,
  type BuildImageOptions,
  type BuiltImage,
  type ImagePart,
  type ImageRecipe,
  type PlanImageOptions,
} from '@sidestep/core/component'

import { formatReference } from '../distribution/reference.ts'
import type { ResolvedOciConfig } from '../oci/schemas.ts'
import { buildOnce } from './build-once.ts'
import { checkRecipe } from './check-recipe.ts'
import { baseOf, environmentKeyOf, partsOf } from './image-parts.ts'
import { planParts } from './image-plan.ts'
import { commandOf, inputsOf, makeImage, tagOf } from './make-image.ts'
import { plannedNode } from './node-of-base.ts'
import { Registries } from './registries.ts'
import { checkRegistry, targetOf } from './target.ts'

/** Makes images without a daemon: layers of Node.js, of packages and of code, on top of a base. */
export class OciImageBuilder extends ImageBuilder<ResolvedOciConfig> {
  static override readonly FLAVOR: 'oci' = 'oci'

  override async build(recipe: ImageRecipe, options: BuildImageOptions): Promise<BuiltImage> {
    const { dockerSettings } = recipe
    checkRecipe(recipe, { ...options, flavor: OciImageBuilder.FLAVOR })
    if (dockerSettings.skipBuild === true) return this.#parentImage(recipe, options)
    const registry = checkRegistry(options.registry, 'oci')
    const target = targetOf(registry, dockerSettings)
    return withRegistries(options, async (registries) => {
      const { signal } = options
      const tools = { ...options, registry, registries, config: this.config }
      const parts = await partsOf(recipe, await baseOf(recipe, this.config, tools), tools)
      const inputs = await inputsOf(recipe, parts, tools)
      const tag = tagOf(recipe, inputs)
      const repository = registries.repository(target, { push: true })
      const find = async () => (await repository.manifest(tag, { signal }))?.digest
      const digest = await buildOnce(
        {
          target,
          tag,
          ...(dockerSettings.preventBuildReuse === true ? {} : { find }),
          make: () => makeImage(recipe, inputs, { target, tag }, tools),
        },
        options,
      )
      return { image: formatReference({ ...target, digest }), command: commandOf(inputs) }
    })
  }

  override async plan(recipe: ImageRecipe, options: PlanImageOptions): Promise<readonly ImagePart[]> {
    checkRecipe(recipe, { ...options, flavor: OciImageBuilder.FLAVOR })
    return withRegistries(options, async (registries) => {
      const base = await baseOf(recipe, this.config, { ...options, registries })
      if (recipe.dockerSettings.skipBuild === true) return planParts(recipe, { base })
      const code = await partsOf(recipe, base, options)
      return planParts(recipe, { base, node: await plannedNode(base, this.config.nodeVersion, options), code })
    })
  }

  override async environmentKey(recipe: ImageRecipe, options: PlanImageOptions): Promise<string> {
    checkRecipe(recipe, { ...options, flavor: OciImageBuilder.FLAVOR })
    return withRegistries(options, async (registries) => {
      const base = await baseOf(recipe, this.config, { ...options, registries })
      if (recipe.dockerSettings.skipBuild === true) return base.digest
      const parts = await partsOf(recipe, base, options)
      return environmentKeyOf(recipe, parts, { ...options, nodeVersion: this.config.nodeVersion })
    })
  }

  /** The parent image by its digest, as it is. */
  async #parentImage(recipe: ImageRecipe, options: BuildImageOptions): Promise<BuiltImage> {
    return withRegistries(options, async (registries) => {
      const { reference, digest } = await baseOf(recipe, this.config, { ...options, registries })
      const { registry, repository } = reference
      return { image: formatReference({ registry, repository, digest }), command: IMAGE_COMMAND }
    })
  }
}

async function withRegistries<T>(
  { registry }: Pick<PlanImageOptions, 'registry'>,
  use: (registries: Registries) => Promise<T>,
): Promise<T> {
  const registries = new Registries(registry)
  try {
    return await use(registries)
  } finally {
    registries.close()
  }
}
