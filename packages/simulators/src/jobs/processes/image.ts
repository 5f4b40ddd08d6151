import { arch } from 'node:os'
import { posix } from 'node:path'

import type { ImageName } from '../image-name.ts'
import type { RegistryReader } from './registry-reader.ts'

/** A layer of an image, as its manifest names it. */
export interface LayerName {
  readonly mediaType: string
  /** `sha256:…`. */
  readonly digest: string
}

/** As much of an image as a process needs. */
export interface Image {
  /** Those that Sidestep put on a base, but for its Node.js; the lowest one first. */
  readonly ownLayers: readonly LayerName[]
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** `NAME=value`. */
  readonly environment: readonly string[]
  /** Absolute. */
  readonly workdir: string
}

/** What a manifest says, or an index. */
export interface Manifest {
  readonly config?: { readonly digest: string } | null
  readonly layers?: readonly LayerName[] | null
  readonly manifests?:
    | readonly { readonly digest: string; readonly platform?: { readonly os: string; readonly architecture: string } }[]
    | null
}

/** What a config says. */
export interface ImageConfig {
  readonly config?: {
    readonly Entrypoint?: readonly string[] | null
    readonly Cmd?: readonly string[] | null
    readonly Env?: readonly string[] | null
    readonly WorkingDir?: string | null
  } | null
  readonly history?: readonly HistoryEntry[] | null
}

/** What the history of an image says of a layer. */
export interface HistoryEntry {
  readonly created_by?: string
  readonly comment?: string
  readonly empty_layer?: boolean
}

/** What the history of an image says of each layer that Sidestep made. */
const CREATED_BY = 'sidestep'
/** And of one that has Node.js alone, which is large: a process has that of this machine. */
const NODE_COMMENT = /^Node\.js /
/** What architectures are called in an image, where Node.js calls them otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }

/** Reads an image; of one for several platforms, the one for this processor. Rejects where it is none, or cannot be had. */
export async function readImage(name: ImageName, registry: RegistryReader): Promise<Image> {
  const written = (await registry.manifest(name.digest)) as Manifest
  const manifest = Array.isArray(written.manifests)
    ? ((await registry.manifest(digestForHere(written, name))) as Manifest)
    : written
  const { config, layers } = manifest
  if (typeof config?.digest !== 'string' || !Array.isArray(layers)) {
    throw new Error(`${name.repository}@${name.digest} is no image`)
  }
  return imageOf(layers as readonly LayerName[], (await registry.config(config.digest)) as ImageConfig)
}

/** What of an image matters. A history that does not fit its layers says nothing of them. Pure. */
export function imageOf(layers: readonly LayerName[], { config, history }: ImageConfig): Image {
  const made = (history ?? []).filter(({ empty_layer: isEmpty }) => isEmpty !== true)
  const fits = made.length === layers.length
  const { Entrypoint, Cmd, Env, WorkingDir } = config ?? {}
  return {
    ownLayers: fits ? layers.filter((_, index) => isWanted(made[index])) : [],
    entrypoint: Entrypoint ?? [],
    command: Cmd ?? [],
    environment: Env ?? [],
    workdir: posix.resolve('/', WorkingDir ?? ''),
  }
}

function isWanted({ created_by: by, comment = '' }: HistoryEntry = {}): boolean {
  return by === CREATED_BY && !NODE_COMMENT.test(comment)
}

function digestForHere({ manifests }: Manifest, { repository, digest }: ImageName): string {
  const architecture = ARCHITECTURES[arch()] ?? arch()
  const here = manifests?.find(({ platform }) => platform?.os === 'linux' && platform.architecture === architecture)
  if (here === undefined) throw new Error(`${repository}@${digest} is not made for linux/${architecture}`)
  return here.digest
}
