import { fingerprint } from '../canonical.ts'
import { configError } from '../errors.ts'
import type { ContainerRegistry } from '../image/container-registry.ts'
import type {
  BuildImageOptions,
  BuiltImage,
  ImageBuilder,
  ImagePart,
  ImageRecipe,
  PlanImageOptions,
} from '../image/image-builder.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { flavorOf } from '../stack/component.ts'
import type { Stack } from '../stack/stack.ts'

export interface RunImagesOptions {
  readonly stack: Stack
  /** Of the project's own state. */
  readonly home: string
  readonly signal: AbortSignal
}

/** What an image is asked for with: what an operator is told of the step. */
export type ImageOf = Pick<StepRunInfo, 'bundle' | 'projectFolder'> & {
  readonly config: Pick<StepRunInfo['config'], 'dockerSettings'>
}

/**
 * The same for a step with variables of its own: its `PATH` is the image's, too, so that the builder sees to it that Node.js
 * is found where a job has that path. Pure.
 */
export function withPathOf(step: ImageOf, { PATH }: Readonly<Record<string, string>>): ImageOf {
  const { dockerSettings } = step.config
  if (PATH === undefined || dockerSettings.skipBuild === true) return step
  const environment = { ...dockerSettings.environment, PATH }
  return { ...step, config: { ...step.config, dockerSettings: { ...dockerSettings, environment } } }
}

/** Who waits for an image, and until when it must not get its name. */
export type RunBuildOptions = Pick<BuildImageOptions, 'report' | 'ready'>

/** An image, and what went into it. */
export interface PlannedBuild {
  readonly built: BuiltImage
  readonly parts: readonly ImagePart[]
}

interface Build {
  readonly image: Promise<BuiltImage>
  /** Of those who wait for it. */
  readonly reports: Set<(line: string) => void>
}

/** The images of a run, made by its stack's image builder: one for equal recipes, however many steps wait for it. */
export class RunImages {
  readonly #options: RunImagesOptions
  /** By the recipe's fingerprint: made, or being made. */
  readonly #builds: Map<string, Build> = new Map()
  readonly #platforms: Map<BaseStepOperator<any, any>, Promise<string>> = new Map()

  constructor(options: RunImagesOptions) {
    this.#options = options
  }

  /** Loads the container registry of the stack. Absent: it has none. */
  get registry(): (() => Promise<ContainerRegistry<any>>) | undefined {
    const { stack } = this.#options
    const loading = stack.parts().find(({ type }) => type === 'container_registry')
    return loading === undefined ? undefined : async () => (await loading.load()) as unknown as ContainerRegistry<any>
  }

  /**
   * Rejects with what the builder does; the next one who asks has it tried again then. Where somebody makes the same
   * image already, it is their `ready` that counts: see {@link BuildImageOptions.ready}.
   */
  async build(step: ImageOf, operator: BaseStepOperator<any, any>, options: RunBuildOptions): Promise<BuiltImage> {
    const { image, command } = await this.#built(step, operator, options)
    return { image, command }
  }

  /** The same, and what went into it. */
  async buildPlanned(
    step: ImageOf,
    operator: BaseStepOperator<any, any>,
    options: RunBuildOptions,
  ): Promise<PlannedBuild> {
    const { parts, ...built } = await this.#built(step, operator, options)
    return { built, parts: parts ?? (await this.plan(step, operator)) }
  }

  /** What the machines of an operator are: asked once. Rejects with what the operator does, and asks again then. */
  async platformOf(operator: BaseStepOperator<any, any>): Promise<string> {
    let platform = this.#platforms.get(operator)
    if (platform === undefined) {
      platform = operator.imagePlatform({ signal: this.#options.signal })
      this.#platforms.set(operator, platform)
      platform.catch(() => this.#platforms.delete(operator))
    }
    return platform
  }

  /** What would go into the image. */
  async plan(step: ImageOf, operator: BaseStepOperator<any, any>): Promise<readonly ImagePart[]> {
    const { builder, options } = await this.#builder()
    return builder.plan(await this.#recipe(step, operator), options)
  }

  /** Stands for what the image has beside the bundle and its packages. */
  async environmentKey(step: ImageOf, operator: BaseStepOperator<any, any>): Promise<string> {
    const { builder, options } = await this.#builder()
    return builder.environmentKey(await this.#recipe(step, operator), options)
  }

  async #built(
    step: ImageOf,
    operator: BaseStepOperator<any, any>,
    { report, ready }: RunBuildOptions,
  ): Promise<BuiltImage> {
    const { signal } = this.#options
    // Who waits for it comes later, or never.
    ready?.catch(() => undefined)
    signal.throwIfAborted()
    // The operator's machines may be asked for what they are: meanwhile the builder is loaded.
    const loading = this.#builder()
    loading.catch(() => undefined)
    const recipe = await this.#recipe(step, operator)
    const { path: _path, ...bundle } = recipe.bundle
    const key = fingerprint({ ...recipe, bundle })
    let build = this.#builds.get(key)
    if (build === undefined) {
      const reports = new Set<(line: string) => void>()
      build = { image: this.#make(recipe, reports, ready), reports }
      this.#builds.set(key, build)
      build.image.catch(() => this.#builds.delete(key))
    }
    const { image, reports } = build
    reports.add(report)
    try {
      return await image
    } finally {
      reports.delete(report)
    }
  }

  async #make(
    recipe: ImageRecipe,
    reports: ReadonlySet<(line: string) => void>,
    ready: Promise<unknown> | undefined,
  ): Promise<BuiltImage> {
    const { builder, options } = await this.#builder()
    const built: Partial<BuiltImage> | undefined = await builder.build(recipe, {
      ...options,
      ...(ready === undefined ? {} : { ready }),
      report: (line) => {
        for (const report of reports) report(line)
      },
    })
    // Whether or not the builder waits for it.
    await ready
    const { image, command, parts } = built ?? {}
    // A tag may be another image tomorrow, and a replayed attempt must run in the one that it was begun with.
    if (typeof image === 'string' && /@sha256:[0-9a-f]{64}$/.test(image) && Array.isArray(command)) {
      return {
        image,
        command: [...(command as readonly string[])],
        ...(Array.isArray(parts) ? { parts: parts as readonly ImagePart[] } : {}),
      }
    }
    throw configError(
      'COMPONENT_INVALID',
      `the image builder ${flavorOf(builder)} gives no image with a digest and a command`,
      'build() of its class resolves to { image: `repository@sha256:…`, command: IMAGE_COMMAND }.',
    )
  }

  async #recipe(
    { config, bundle, projectFolder }: ImageOf,
    operator: BaseStepOperator<any, any>,
  ): Promise<ImageRecipe> {
    const { dockerSettings } = config
    const { path, sha256, requirements } = bundle
    const platform = dockerSettings.platform ?? (await this.platformOf(operator))
    return { dockerSettings, platform, bundle: { path, sha256, requirements }, projectFolder }
  }

  async #builder(): Promise<{ readonly builder: ImageBuilder<any>; readonly options: PlanImageOptions }> {
    const { stack, home, signal } = this.#options
    const [builder, registry] = await Promise.all([stack.imageBuilder(), stack.containerRegistry()])
    const { build, plan, environmentKey } = (builder ?? {}) as Partial<ImageBuilder>
    if (![build, plan, environmentKey].every((method) => typeof method === 'function')) {
      const message = `the stack ${stack.name} has no image builder that extends ImageBuilder`
      throw configError('COMPONENT_INVALID', message, 'Let its class extend ImageBuilder of @sidestep/core.')
    }
    const options = { registry: registry as ContainerRegistry<any> | undefined, home, signal }
    return { builder: builder as unknown as ImageBuilder<any>, options }
  }
}
