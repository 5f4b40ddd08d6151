import { StackComponent } from '../stack/component.ts'
import type { DockerSettings } from '../step/step-config.ts'
import type { ContainerRegistry } from './container-registry.ts'

/** A step's code, as it goes into an image. */
export interface ImageBundle {
  /** Absolute path of the bundle's file. */
  readonly path: string
  /** Of the file; lower-case hex. */
  readonly sha256: string
  /** Every npm package that the bundle leaves to be installed (`name@range`), or the project's own lockfile. */
  readonly requirements: readonly string[] | 'lockfile'
}

/** What an image is made of. Two recipes that are alike make one image. */
export interface ImageRecipe {
  /** As the step has them. */
  readonly dockerSettings: DockerSettings
  /** `linux/amd64`: what the operator's machines are. */
  readonly platform: string
  /** The step's bundle, which lies at `/opt/sidestep/step.mjs` in the image. */
  readonly bundle: ImageBundle
  /** Folder of the project's package.json: `files` are relative to it. */
  readonly projectFolder: string
}

/** Something that goes into an image, for `sidestep plan`. */
export interface ImagePart {
  /** `base`, `node`, `npm`, `files`, `code`; of an environment also `from`, `dockerfile`, `context`, `apt`, `pip`. */
  readonly name: string
  /** What it is: a reference, a list of packages, paths. */
  readonly description: string
  /** Bytes, where it is known without building: of `base` as the registry has it, of all else uncompressed. */
  readonly size?: number
}

/** How a job's command begins in an image that has Node.js in its path: Node.js, and the step's bundle. */
export const IMAGE_COMMAND: readonly string[] = ['node', '/opt/sidestep/step.mjs']

/** An image that is where its operator gets it. */
export interface BuiltImage {
  /** `repository@sha256:…`. */
  readonly image: string
  /** How a job's command begins in it: {@link IMAGE_COMMAND}, or Node.js by its path in the image, and the bundle. */
  readonly command: readonly string[]
  /** What {@link ImageBuilder.plan} gives for it, where the builder has it at hand. Absent: `plan()` is called where it is wanted. */
  readonly parts?: readonly ImagePart[]
}

/** Where an image goes, and who waits for what is known of it. */
export interface PlanImageOptions {
  /** Where the image is pushed to. Absent: the builder keeps it where the operator's engine finds it. */
  readonly registry: ContainerRegistry<any> | undefined
  /** `.sidestep`: caches lie below it. */
  readonly home: string
  /** Ends it: it rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/** What a build takes beside its recipe. */
export interface BuildImageOptions extends PlanImageOptions {
  /** A line on what it does, for people. */
  readonly report: (line: string) => void
  /**
   * Resolves once the bundle is known to load. Awaited before the image gets its name in the registry: what was sent
   * until then is nobody's. What it rejects with is why there is no image. Absent: it is known already.
   */
  readonly ready?: Promise<unknown>
}

/** Makes images. */
export abstract class ImageBuilder<Config = object> extends StackComponent<Config> {
  static override readonly TYPE: 'image_builder' = 'image_builder'

  /**
   * Makes the image, or finds it made. Rejects with `config`, `auth` or `infra` errors, and where the signal aborts. It
   * is asked again for the same recipe by every run, and by a launcher that comes after one that was killed.
   */
  abstract build(recipe: ImageRecipe, options: BuildImageOptions): Promise<BuiltImage>

  /** What would go into the image, without making it. */
  abstract plan(recipe: ImageRecipe, options: PlanImageOptions): Promise<readonly ImagePart[]>

  /**
   * Stands for everything in the image that can change what a step computes, but for the bundle and the npm packages: the
   * digest of the base for the platform, a Dockerfile's text, the content of `files`. Part of the step's key in the
   * cache. Makes nothing.
   */
  abstract environmentKey(recipe: ImageRecipe, options: PlanImageOptions): Promise<string>
}
