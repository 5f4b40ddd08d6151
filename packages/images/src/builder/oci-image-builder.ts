import {
  IMAGE_COMMAND,
  ImageBuilder,
  type BuildImageOptions,
  type BuiltImage,
  type ComponentFinding,
  type DiagnoseOptions,
  type ImagePart,
  type ImageRecipe,
  type PlanImageOptions,
} from '@sidestep/core/component'

import type { BaseImage } from '../base/base-image.ts'
import type { Digest } from '../distribution/digest.ts'
import { formatReference } from '../distribution/reference.ts'
import type { ResolvedOciConfig } from '../oci/schemas.ts'
import { allOf } from './all-of.ts'
import { buildOnce } from './build-once.ts'
import { checkRecipe } from './check-recipe.ts'
import { baseOf, environmentKeyOf, likelyBaseOf, partsOf } from './image-parts.ts'
import { planParts } from './image-plan.ts'
import {
  commandOf,
  inputsOf,
  makeImage,
  prepareCode,
  tagOf,
  type ImageInputs,
  type MakeImageOptions,
} from './make-image.ts'
import { plannedNode } from './node-of-base.ts'
import { withRegistries } from '../distribution/registries.ts'
import { checkRegistry, targetOf } from './target.ts'

/** Asks the registry for the digest of an image by its tag. */
type Look = (tag: string) => Promise<Digest | undefined>

/** An image of which all is known, and nothing is made. */
interface BegunImage {
  readonly base: BaseImage
  readonly inputs: ImageInputs
  readonly tag: string
  /** What the registry has by the tag; absent: it was not asked. */
  readonly found: { readonly digest: Digest | undefined } | undefined
}

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
      const repository = registries.repository(target, { push: true })
      const look = async (tag: string) => (await repository.manifest(tag, { signal }))?.digest
      const reuse = dockerSettings.preventBuildReuse !== true
      const begun = await this.#begin(recipe, tools, reuse ? look : undefined)
      const { inputs, tag } = begun
      let found = begun.found
      const find = async () => {
        const first = found
        // Who waited for another one that made it looks again.
        found = undefined
        return first === undefined ? look(tag) : first.digest
      }
      const digest = await buildOnce(
        {
          target,
          tag,
          ...(reuse ? { find } : {}),
          make: () => makeImage(recipe, inputs, { target, tag }, tools),
        },
        options,
      )
      const parts = planParts(recipe, { base: begun.base, node: inputs.node, code: inputs })
      return { image: formatReference({ ...target, digest }), command: commandOf(inputs), parts }
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

  /** Loaded where it is asked for: no build needs it. */
  override async diagnose(options: DiagnoseOptions): Promise<readonly ComponentFinding[]> {
    const { diagnoseParentImage } = await import('./base-of-builder.ts')
    return [await diagnoseParentImage(this.config, options)]
  }

  /**
   * What an image follows from, and whether the registry has it. All of that is found out for what the base's name meant
   * the last time, while the registry is asked what it means now: where that is something else, it is done again.
   */
  async #begin(recipe: ImageRecipe, tools: MakeImageOptions, look: Look | undefined): Promise<BegunImage> {
    const begin = async (base: BaseImage): Promise<BegunImage> => {
      const inputs = await inputsOf(recipe, await partsOf(recipe, base, tools), tools)
      const tag = tagOf(recipe, inputs)
      const [digest] = await allOf(tools.signal, [
        async () => look?.(tag),
        async (signal) => prepareCode(inputs, { ...tools, signal }),
      ])
      return { base, inputs, tag, found: look === undefined ? undefined : { digest } }
    }
    const asking = baseOf(recipe, this.config, tools)
    const likely = likelyBaseOf(recipe, this.config, tools)
    const guess = likely.then((base) => (base === undefined ? undefined : begin(base)))
    const [asked, guessed, base] = await Promise.allSettled([asking, guess, likely])
    if (asked.status === 'rejected') throw asked.reason
    if (base.status === 'rejected' || base.value?.digest !== asked.value.digest) return begin(asked.value)
    // What failed would fail again, perhaps after as long a time as the first.
    if (guessed.status === 'rejected') throw guessed.reason
    return guessed.value ?? begin(asked.value)
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
