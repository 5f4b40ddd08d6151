import { configError } from '@sidestep/core/component'

import { isDigest, type Digest } from '../distribution/digest.ts'
import type { ImageIndex } from '../distribution/platform.ts'
import { count, list, map, maybe, object, orNull, shaped, ShapeError, text, truth, type Shape } from '../json-shape.ts'

/** What a manifest says of a blob. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  /** Where else it lies. */
  readonly urls?: readonly string[]
}

/** The manifest of an image for one platform, OCI's or Docker's. */
export interface ImageManifest {
  readonly config: Descriptor
  /** The lowest one first. */
  readonly layers: readonly Descriptor[]
}

/** The config of an image: what it runs on, and how. What is not named here is kept. */
export interface ImageConfig {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly 'os.version'?: string
  readonly config?: ImageRunConfig | null
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] }
  readonly history?: readonly { readonly empty_layer?: boolean; readonly [other: string]: unknown }[] | null
  readonly [other: string]: unknown
}

/** How a container of an image is run. */
export interface ImageRunConfig {
  /** `NAME=value` */
  readonly Env?: readonly string[] | null
  readonly Entrypoint?: readonly string[] | null
  readonly Cmd?: readonly string[] | null
  readonly WorkingDir?: string | null
  readonly User?: string | null
  readonly Labels?: Readonly<Record<string, string>> | null
  readonly [other: string]: unknown
}

// Lenient: what others wrote may say more than is known here, and it is kept.

const descriptor: Shape = object({
  mediaType: text(),
  digest: text(/^sha256:[0-9a-f]{64}$/u),
  size: count,
  urls: maybe(list(text())),
})

const manifestShape: Shape = object({ config: descriptor, layers: list(descriptor) })

const platform: Shape = object({ os: text(), architecture: text(), variant: maybe(text()) })

const indexShape: Shape = object({ manifests: list(object({ digest: text(), platform: orNull(platform) })) })

const strings: Shape = orNull(list(text()))

const configShape: Shape = object({
  os: text(),
  architecture: text(),
  variant: maybe(text()),
  'os.version': maybe(text()),
  config: orNull(
    object({
      Env: strings,
      Entrypoint: strings,
      Cmd: strings,
      WorkingDir: orNull(text()),
      User: orNull(text()),
      Labels: orNull(map(text())),
    }),
  ),
  rootfs: object({ type: text(), diff_ids: list(text()) }),
  history: orNull(list(object({ empty_layer: maybe(truth) }))),
})

/** As others write it: `null` for what is not there. */
interface WrittenIndex {
  readonly manifests: readonly { readonly digest: string; readonly platform?: object | null }[]
}

/** Reads a manifest. Throws `IMAGE_INVALID` for what is none. `name` is the image's, for the error. */
export function parseManifest(bytes: Uint8Array, name: string): ImageManifest {
  return parse(manifestShape, bytes, `the manifest of ${name}`)
}

/** Reads a config. Throws `IMAGE_INVALID` for what is none. `name` is the image's, for the error. */
export function parseConfig(bytes: Uint8Array, name: string): ImageConfig {
  return parse(configShape, bytes, `the config of ${name}`)
}

/** Reads an index. Throws `IMAGE_INVALID` for what is none. `name` is the image's, for the error. */
export function parseIndex(bytes: Uint8Array, name: string): ImageIndex {
  const index = parse<WrittenIndex>(indexShape, bytes, `the index of ${name}`)
  // Entries with a digest of another kind cannot be asked for: they are left out.
  const manifests = index.manifests.filter(({ digest }) => isDigest(digest))
  return {
    ...index,
    manifests: manifests.map(({ platform: of, ...entry }) => (of ? { ...entry, platform: of } : entry)),
  } as unknown as ImageIndex
}

/** Reads JSON. Throws `IMAGE_INVALID` for what is none. */
function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch (error) {
    throw configError('IMAGE_INVALID', `${what} is no JSON`, undefined, error)
  }
}

function parse<T>(shape: Shape, bytes: Uint8Array, what: string): T {
  const document = parseJson(bytes, what)
  try {
    return shaped<T>(shape, document)
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    throw configError(
      'IMAGE_INVALID',
      `${what} is not that of an image: ${error.message}`,
      'An image of the old schema 1, or an artifact that is no image, cannot be built on.',
    )
  }
}
