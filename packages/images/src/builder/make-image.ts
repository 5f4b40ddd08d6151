import type {
  BuildImageOptions,
  BuiltImage,
  ContainerRegistry,
  ImageRecipe,
  Lock,
  TargetPlatform,
} from '@sidestep/core'
import { IMAGE_COMMAND } from '@sidestep/core'
import { fingerprint } from '@sidestep/core/files'

import { DEFAULT_PATH } from '../base/base-facts.ts'
import { NODE_FOLDER, nodeLayer } from '../base/node-layer.ts'
import type { NodeRelease } from '../base/node-release.ts'
import { npmPlatform } from '../base/npm-platform.ts'
import type { Digest } from '../distribution/digest.ts'
import { appendLayers, type AddedLayer } from '../image/append-layers.ts'
import { variable } from '../image/environment-list.ts'
import { LayerCache } from '../layer/layer-cache.ts'
import type { ResolvedOciConfig } from '../oci/schemas.ts'
import { codeLayer, contentOf, type CodeContent } from './code-layer.ts'
import type { ImageParts } from './image-parts.ts'
import { libcOfBase, nodeForBase } from './node-of-base.ts'
import { hasNativePackages, lockOf, npmInputs, npmLayer } from './npm-layer.ts'
import { pushImage } from './push-image.ts'
import type { Registries } from './registries.ts'
import type { Target } from './target.ts'

/** Part of every tag: another number where the same inputs give another image. */
const FORMAT = 1

/** What a build works with. */
export interface MakeImageOptions extends BuildImageOptions {
  readonly registry: ContainerRegistry<any>
  readonly registries: Registries
  readonly config: ResolvedOciConfig
}

/** All that an image follows from. */
export interface ImageInputs extends ImageParts {
  readonly node: NodeRelease | undefined
  readonly lock: Lock | undefined
  /** What the packages are installed for. */
  readonly platform: TargetPlatform
  readonly content: CodeContent
}

/** Decides what else goes into an image. Rejects with `IMAGE_INVALID` for a base that cannot run a step. */
export async function inputsOf(
  recipe: ImageRecipe,
  parts: ImageParts,
  options: MakeImageOptions,
): Promise<ImageInputs> {
  const { base } = parts
  const [node, lock, content] = await Promise.all([
    nodeForBase(base, options.config.nodeVersion, options),
    lockOf(recipe, options),
    contentOf(parts.code, options),
  ])
  const libc = lock !== undefined && hasNativePackages(lock) ? await libcOfBase(base, options) : 'glibc'
  return { ...parts, node, lock, content, platform: npmPlatform(base.platform, libc) }
}

/** The tag of an image: what it is made of. Two machines give the same one, before anything is made. Pure. */
export function tagOf(
  { dockerSettings }: ImageRecipe,
  { base, node, lock, platform, content, workdir }: ImageInputs,
): string {
  const { environment = {}, user } = dockerSettings
  const inputs = {
    base: base.digest,
    node: node?.sha256 ?? null,
    npm: lock === undefined ? null : npmInputs(lock, platform),
    code: content,
    environment,
    user: user ?? null,
    workdir: workdir ?? null,
  }
  return `s-${fingerprint({ format: FORMAT, inputs })}`
}

/** Makes an image's layers where they are not kept, and pushes all of it. */
export async function makeImage(
  recipe: ImageRecipe,
  inputs: ImageInputs,
  { target, tag }: { readonly target: Target; readonly tag: string },
  options: MakeImageOptions,
): Promise<Digest> {
  const { base, node, workdir } = inputs
  const { environment = {}, user } = recipe.dockerSettings
  const layers = await layersOf(recipe, inputs, options)
  const path = `${NODE_FOLDER}:${variable(base.config.config?.Env, 'PATH') ?? DEFAULT_PATH}`
  const image = appendLayers(base, {
    layers,
    environment: { ...(node === undefined ? {} : { PATH: path }), ...environment },
    labels: { 'dev.sidestep.bundle': recipe.bundle.sha256 },
    ...(workdir === undefined ? {} : { workdir }),
    ...(user === undefined ? {} : { user }),
  })
  await pushImage({ image, base, layers: layers.map(({ layer }) => layer), target, tag }, options)
  return image.manifest.digest
}

/** How a job's command begins. With a path where the image has a Node.js of ours: whatever the job's `PATH` says. */
export function commandOf(node: NodeRelease | undefined): BuiltImage['command'] {
  return node === undefined ? IMAGE_COMMAND : [`${NODE_FOLDER}/node`, ...IMAGE_COMMAND.slice(1)]
}

/** From what changes least to what changes most. */
async function layersOf(
  recipe: ImageRecipe,
  { node, lock, platform, code, content }: ImageInputs,
  options: MakeImageOptions,
): Promise<readonly AddedLayer[]> {
  const tools = { ...options, layers: new LayerCache(options), projectFolder: recipe.projectFolder }
  const added: AddedLayer[] = []
  if (node !== undefined) added.push({ layer: await nodeLayer(node, tools), comment: `Node.js ${node.version}` })
  if (lock !== undefined) {
    added.push({ layer: await npmLayer(recipe, lock, platform, tools), comment: 'npm packages' })
  }
  added.push({ layer: await codeLayer({ code, content }, tools), comment: 'code' })
  return added
}
