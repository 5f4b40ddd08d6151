import type { Lock, TargetPlatform } from '@sidestep/core'
import {
  IMAGE_COMMAND,
  type BuildImageOptions,
  type BuiltImage,
  type ContainerRegistry,
  type ImageRecipe,
} from '@sidestep/core/component'
import { fingerprint } from '@sidestep/core/files'

import { DEFAULT_PATH, type BaseFacts } from '../base/base-facts.ts'
import type { BaseFolders } from '../base/base-folders.ts'
import { variable } from '../base/environment-list.ts'
import { NODE_FOLDER, nodeLayer } from '../base/node-layer.ts'
import type { NodeRelease } from '../base/node-release.ts'
import { npmPlatform } from '../base/npm-platform.ts'
import { placedOnBase } from '../base/place-on-base.ts'
import type { Digest } from '../distribution/digest.ts'
import { appendLayers, type AddedLayer } from '../image/append-layers.ts'
import { LayerCache } from '../layer/layer-cache.ts'
import { layerError, shown } from '../layer/layer-error.ts'
import type { LayerEntry } from '../layer/layer.ts'
import type { ResolvedOciConfig } from '../oci/schemas.ts'
import { allOf } from './all-of.ts'
import { codeLayer, contentOf, type CodeLayer } from './code-layer.ts'
import type { ImageParts } from './image-parts.ts'
import { factsForImage, libcOfBase, nodeForImage } from './node-of-base.ts'
import { hasNativePackages, lockOf, npmInputs, npmLayer } from './npm-layer.ts'
import { pruneKept } from './prune-kept.ts'
import { pushImage } from './push-image.ts'
import type { Registries } from '../distribution/registries.ts'
import type { Target } from './target.ts'

/** Part of every tag: another number where the same inputs give another image. */
const FORMAT = 3

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
  /** The base's own Node.js, absolute, where somebody looked. */
  readonly ownNode: string | undefined
  /** What layers must leave as it is. */
  readonly folders: BaseFolders
  /** Of the files, where there are any, and of the bundle, as they lie on the base. */
  readonly layers: readonly CodeLayer[]
}

/** Decides what else goes into an image. Rejects with `IMAGE_INVALID` for a base that cannot run a step. */
export async function inputsOf(
  recipe: ImageRecipe,
  parts: ImageParts,
  options: MakeImageOptions,
): Promise<ImageInputs> {
  const setsPath = recipe.dockerSettings.environment?.['PATH'] !== undefined
  const [placed, lock] = await allOf(options.signal, [
    async (signal) => placedParts(parts, setsPath, { ...options, signal }),
    async (signal) => lockOf(recipe, { ...options, signal }),
  ])
  const { base } = parts
  const { facts } = placed
  const node = nodeForImage(base, facts, { major: options.config.nodeVersion, setsPath })
  const libc = lock !== undefined && hasNativePackages(lock) ? await libcOfBase(base, options) : 'glibc'
  return { ...placed, ...parts, node, lock, ownNode: facts?.node?.path, platform: npmPlatform(base.platform, libc) }
}

type PlacedParts = Pick<ImageInputs, 'folders' | 'layers'> & { readonly facts: BaseFacts | undefined }

/** A step's code as it lies on the base. */
async function placedParts(
  { base, filesFolder, bundle, files }: ImageParts,
  setsPath: boolean,
  options: MakeImageOptions,
): Promise<PlacedParts> {
  const look = { filesFolder: files.length === 0 ? undefined : filesFolder, setsPath }
  const facts = await factsForImage(base, look, options)
  const folders = facts?.folders ?? {}
  const layer = async (kind: CodeLayer['kind'], entries: readonly LayerEntry[]): Promise<CodeLayer> => {
    const placed = await listed(placedOnBase(entries, folders))
    return { kind, entries: placed, content: await contentOf(placed, options) }
  }
  const code = await layer('code', [bundle])
  if (files.length === 0) return { facts, folders, layers: [code] }
  const below = await layer('files', files)
  checkApart(below.entries, code.entries)
  return { facts, folders, layers: [below, code] }
}

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** The layer of the bundle would hide it. */
function checkApart(files: readonly LayerEntry[], code: readonly LayerEntry[]): void {
  const taken = new Set(code.filter(({ type }) => type === 'file').map(({ path }) => path))
  const there = files.find(({ path }) => taken.has(path))
  if (there === undefined) return
  throw layerError(
    `/${shown(there.path)} is where the bundle lies, and docker.files has a file for it`,
    'Choose another docker.workdir.',
  )
}

/** The tag of an image: what it is made of. Two machines give the same one, before anything is made. Pure. */
export function tagOf(
  { dockerSettings }: ImageRecipe,
  { base, node, lock, platform, layers, workdir }: ImageInputs,
): string {
  const { environment = {}, user } = dockerSettings
  const inputs = {
    base: base.digest,
    node: node?.sha256 ?? null,
    npm: lock === undefined ? null : npmInputs(lock, platform),
    code: layers.map(({ kind, content }) => ({ kind, content })),
    environment,
    user: user ?? null,
    workdir: workdir ?? null,
  }
  return `s-${fingerprint({ format: FORMAT, inputs })}`
}

/** Bytes of code that are compressed before it is known whether somebody else has: no more than a wait for a registry. */
const SMALL_CODE = 4 * 1024 * 1024

/** Makes the layer of the bundle where that is quickly done: {@link makeImage} finds it kept. */
export async function prepareCode({ layers }: Pick<ImageInputs, 'layers'>, options: MakeImageOptions): Promise<void> {
  const code = layers.findLast(({ kind }) => kind === 'code')
  const size = code?.entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.size : 0), 0) ?? 0
  if (code !== undefined && size <= SMALL_CODE) await codeLayer(code, { ...options, layers: new LayerCache(options) })
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
  await allOf(options.signal, [
    async (signal) =>
      pushImage({ image, base, layers: layers.map(({ layer }) => layer), target, tag }, { ...options, signal }),
    async () => pruneKept(options.home),
  ])
  return image.manifest.digest
}

/** How a job's command begins. With the path of Node.js where that is known: whatever the job's `PATH` says. */
export function commandOf({ node, ownNode }: Pick<ImageInputs, 'node' | 'ownNode'>): BuiltImage['command'] {
  const program = node === undefined ? ownNode : `${NODE_FOLDER}/node`
  return program === undefined ? IMAGE_COMMAND : [program, ...IMAGE_COMMAND.slice(1)]
}

/** From what changes least to what changes most. */
async function layersOf(
  recipe: ImageRecipe,
  { node, lock, platform, layers, folders }: ImageInputs,
  options: MakeImageOptions,
): Promise<readonly AddedLayer[]> {
  const tools = { ...options, layers: new LayerCache(options), projectFolder: recipe.projectFolder, folders }
  const added: AddedLayer[] = []
  if (node !== undefined) added.push({ layer: await nodeLayer(node, tools), comment: `Node.js ${node.version}` })
  if (lock !== undefined) {
    added.push({ layer: await npmLayer(recipe, lock, platform, tools), comment: 'npm packages' })
  }
  for (const layer of layers) added.push({ layer: await codeLayer(layer, tools), comment: layer.kind })
  return added
}
