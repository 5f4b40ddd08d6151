import { StackComponent } from '../stack/component.ts'
import type { DockerSettings } from '../step/step-config.ts'
import type { ContainerRegistry } from './container-registry.ts'

/** What an image is made of. Two recipes that are alike make one image. */
export interface ImageRecipe {
  readonly dockerSettings: DockerSettings
  /** `linux/amd64`: what the operator's machines are. */
  readonly platform: string
  /** The step's bundle, which lies at `/opt/sidestep/step.mjs` in the image. */
  readonly bundle: { readonly path: string; readonly sha256: string; readonly requirements: readonly string[] | 'lockfile' }
  /** Folder of the project's package.json: `files` are relative to it. */
  readonly projectFolder: string
}

/** Something that goes into an image, for `sidestep plan`. */
export interface ImagePart {
  /** `base`, `node`, `npm`, `files`, `code`. */
  readonly name: string
  /** What it is: a reference, a list of packages, paths. */
  readonly description: string
  /** Bytes, uncompressed, where it is known without building. */
  readonly size?: number
}

export interface BuildImageOptions {
  /** Where the image is pushed to. Absent: the builder keeps it where the operator's engine finds it. */
  readonly registry: ContainerRegistry<any> | undefined
  /** `.sidestep`: caches lie below it. */
  readonly home: string
  readonly signal: AbortSignal
  /** A line on what it does, for people. */
  readonly report: (line: string) => void
}

/** Makes images. */
export abstract class ImageBuilder<Config = object> extends StackComponent<Config> {
  static override readonly TYPE: 'image_builder' = 'image_builder'

  /** `repository@sha256:…` of an image that is in the registry. Rejects with `config`, `auth` or `infra` errors. */
  abstract build(recipe: ImageRecipe, options: BuildImageOptions): Promise<string>

  /** What would go into the image, without making it. */
  abstract plan(recipe: ImageRecipe, options: { readonly signal: AbortSignal }): Promise<readonly ImagePart[]>
}
