import {
  configError,
  ImageBuilder,
  tryOut,
  type BuildImageOptions,
  type BuiltImage,
  type ComponentFinding,
  type DiagnoseOptions,
  type DockerSettings,
  type ImagePart,
  type ImageRecipe,
  type PlanImageOptions,
} from '@sidestep/core/component'
import { fingerprint } from '@sidestep/core/files'

import { DocumentCache } from '../base/document-cache.ts'
import { nodeForPlatform } from '../base/node-need.ts'
import { resolveBase } from '../base/resolve-base.ts'
import { checkRecipe } from '../builder/check-recipe.ts'
import { contentOf, listCode } from '../builder/code-layer.ts'
import { WORK_FOLDER } from '../builder/image-parts.ts'
import { planParts } from '../builder/image-plan.ts'
import { OciImageBuilder } from '../builder/oci-image-builder.ts'
import { withRegistries } from '../distribution/registries.ts'
import { checkRegistry, targetOf } from '../builder/target.ts'
import { formatReference } from '../distribution/reference.ts'
import { buildStage, type BuildStage, type BuildStageOptions } from './build-stage.ts'
import { environmentOf, needsEngine, type Environment, type EnvironmentOptions } from './environment.ts'
import { planEnvironment } from './environment-plan.ts'
import { findEngine, type Engine } from './find-engine.ts'
import { packagesDockerfile } from './packages-dockerfile.ts'
import type { ResolvedDockerBuilderConfig } from './schemas.ts'

/**
 * Makes images for which something has to run. An engine makes the environment, once for all that goes into it; packages
 * and code come on top without it, as the image builder `oci` does it. A recipe that needs no engine uses none.
 */
export class DockerImageBuilder extends ImageBuilder<ResolvedDockerBuilderConfig> {
  static override readonly FLAVOR: 'docker' = 'docker'

  /** What was built though it was there, by its name, of each run: the calls of one have one signal. */
  readonly #anew = new WeakMap<AbortSignal, Map<string, Promise<string>>>()

  override async build(recipe: ImageRecipe, options: BuildImageOptions): Promise<BuiltImage> {
    this.#check(recipe, options)
    if (recipe.dockerSettings.skipBuild !== true) checkRegistry(options.registry, DockerImageBuilder.FLAVOR)
    if (this.#isPlain(recipe)) return this.#oci().build(recipe, options)
    const parent = await this.#buildEnvironment(recipe, options)
    // Parts of what is built on the environment are not those of the whole.
    const { image, command } = await this.#oci().build(withParent(recipe, parent), options)
    return { image, command }
  }

  override async plan(recipe: ImageRecipe, options: PlanImageOptions): Promise<readonly ImagePart[]> {
    this.#check(recipe, options)
    if (this.#isPlain(recipe)) return this.#oci().plan(recipe, options)
    const environment = await this.#environmentOf(recipe, options)
    const made = planEnvironment(environment)
    const base = environment.dockerfile === undefined ? byDigest(environment) : environment.dockerfile.base
    // A Dockerfile from scratch: only what comes on top of it is known.
    if (base === undefined) return [...made, ...(await planCode(recipe, options))]
    const [below, ...above] = await this.#oci().plan(withParent(recipe, base), options)
    return [...(below === undefined ? [] : [below]), ...made, ...above]
  }

  override async environmentKey(recipe: ImageRecipe, options: PlanImageOptions): Promise<string> {
    this.#check(recipe, options)
    if (this.#isPlain(recipe)) return this.#oci().environmentKey(recipe, options)
    const { dockerfile, packages, platform } = await this.#environmentOf(recipe, options)
    const { environment = {}, user = null, workdir = null } = recipe.dockerSettings
    // Where the files lie follows from the rest.
    const files = await contentOf((await listCode(recipe, { filesFolder: '/', ...options })).files, options)
    const made = packages?.tag ?? dockerfile?.tag
    const node = nodeForPlatform(this.config.nodeVersion, platform)?.version ?? null
    return fingerprint({ made, platform, node, environment, user, workdir, files })
  }

  override async diagnose(options: DiagnoseOptions): Promise<readonly ComponentFinding[]> {
    const finding = await tryOut('looking for a client that builds with BuildKit, or for Podman', options, async () => {
      const { kind, program, version, environment } = await findEngine({ ...this.config, signal: options.signal })
      const host = environment[kind === 'podman' ? 'CONTAINER_HOST' : 'DOCKER_HOST'] ?? ''
      const where = host === '' ? '' : ` at ${host}`
      return { state: 'ok', found: `${program}, ${kind} ${version}, whose engine${where} answers` }
    })
    return [finding, ...(await this.#oci().diagnose(options))]
  }

  #check(recipe: ImageRecipe, { registry }: PlanImageOptions): void {
    checkSkipped(recipe)
    checkRecipe(recipe, { registry, flavor: DockerImageBuilder.FLAVOR })
  }

  /** Whether nothing has to run for it. */
  #isPlain(recipe: ImageRecipe): boolean {
    return !needsEngine(recipe)
  }

  #oci(): OciImageBuilder {
    const { parentImage, nodeVersion } = this.config
    return new OciImageBuilder({ parentImage, nodeVersion })
  }

  async #environmentOf(recipe: ImageRecipe, options: PlanImageOptions): Promise<Environment> {
    return withRegistries(options, (registries) =>
      environmentOf(recipe, { ...options, registries, config: this.config }),
    )
  }

  /** `repository@sha256:…` of the environment, which is built where the registry does not have it. */
  async #buildEnvironment(recipe: ImageRecipe, options: BuildImageOptions): Promise<string> {
    const { dockerSettings } = recipe
    const registry = checkRegistry(options.registry, DockerImageBuilder.FLAVOR)
    const target = targetOf(registry, dockerSettings)
    return withRegistries(options, async (registries) => {
      const looking: EnvironmentOptions = { ...options, registries, config: this.config }
      const environment = await environmentOf(recipe, looking)
      const { platform, dockerfile, packages } = environment
      let found: Promise<Engine> | undefined
      const engine = (): Promise<Engine> => (found ??= findEngine({ ...this.config, signal: options.signal }))
      const tools = { ...options, registry, registries, target, engine }
      const shared = { platform, anew: dockerSettings.preventBuildReuse === true }
      let parent = byDigest(environment) ?? ''
      if (dockerfile !== undefined) {
        const { tag, path, text, entries } = dockerfile
        parent = await this.#stage({ ...shared, tag, entries, origin: path, dockerfile: text }, tools)
      }
      if (packages === undefined) return parent
      const base = await resolveBase(parent, { ...looking, platform, documents: new DocumentCache(options.home) })
      const user = base.config.config?.User ?? ''
      const text = packagesDockerfile(packages.packages, { parent, user })
      return this.#stage(
        { ...shared, tag: packages.tag, entries: [], origin: 'aptPackages and pipRequirements', dockerfile: text },
        tools,
      )
    })
  }

  /** One image that an engine makes: once per run where it is built whatever there is. */
  async #stage(stage: BuildStage, options: BuildStageOptions): Promise<string> {
    if (!stage.anew) return buildStage(stage, options)
    const { signal, target } = options
    const ofRun = this.#anew.get(signal) ?? new Map<string, Promise<string>>()
    this.#anew.set(signal, ofRun)
    const name = formatReference({ ...target, tag: stage.tag })
    for (let other = ofRun.get(name); other !== undefined; other = ofRun.get(name)) {
      const image = await other.catch(() => undefined)
      if (image !== undefined) return image
      signal.throwIfAborted()
    }
    const building = buildStage(stage, options)
    ofRun.set(name, building)
    building.catch(() => ofRun.delete(name))
    return building
  }
}

/** `skipBuild` takes the parent image as it is: what an engine would have to make of it cannot be had beside it. */
function checkSkipped(recipe: ImageRecipe): void {
  if (recipe.dockerSettings.skipBuild !== true || !needsEngine(recipe)) return
  const { dockerfile, aptPackages, pipRequirements } = recipe.dockerSettings
  const given = Object.entries({ dockerfile, aptPackages, pipRequirements })
  const asked = given.filter(([, value]) => (value?.length ?? 0) > 0).map(([name]) => `docker.${name}`)
  throw configError(
    'IMAGE_INVALID',
    `docker.skipBuild builds nothing, and ${asked.join(' and ')} has to be built`,
    'Remove one of them.',
  )
}

/** The same recipe on another base, without what is in that already. */
function withParent(recipe: ImageRecipe, parentImage: string): ImageRecipe {
  const { dockerfile: _, aptPackages: __, pipRequirements: ___, ...rest } = recipe.dockerSettings
  return { ...recipe, dockerSettings: { ...rest, parentImage } satisfies DockerSettings }
}

function byDigest({ parent }: Environment): string | undefined {
  if (parent === undefined) return undefined
  const { registry, repository } = parent.reference
  return formatReference({ registry, repository, digest: parent.digest })
}

async function planCode(recipe: ImageRecipe, options: PlanImageOptions): Promise<readonly ImagePart[]> {
  const filesFolder = recipe.dockerSettings.workdir ?? WORK_FOLDER
  return planParts(recipe, { code: await listCode(recipe, { filesFolder, ...options }) })
}
