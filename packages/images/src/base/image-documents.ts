import { configError } from '@sidestep/core'
import { z } from 'zod'

import { isDigest, type Digest } from '../distribution/digest.ts'
import type { ImageIndex } from '../distribution/platform.ts'

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

const descriptor: z.ZodType<Descriptor> = z.looseObject({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/u),
  size: z.int().nonnegative(),
  urls: z.array(z.string()).optional(),
}) as unknown as z.ZodType<Descriptor>

const manifestSchema: z.ZodType<ImageManifest> = z.looseObject({ config: descriptor, layers: z.array(descriptor) })

const platformSchema = z
  .looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
  .nullish()
  .transform((platform) => platform ?? undefined)

// Entries with a digest of another kind cannot be asked for: they are left out.
const indexSchema: z.ZodType<ImageIndex> = z.looseObject({
  manifests: z
    .array(z.looseObject({ digest: z.string(), platform: platformSchema }))
    .transform((entries) => entries.filter(({ digest }) => isDigest(digest))),
}) as unknown as z.ZodType<ImageIndex>

const strings: z.ZodType<string[] | null | undefined> = z.array(z.string()).nullish()

const configSchema: z.ZodType<ImageConfig> = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  'os.version': z.string().optional(),
  config: z
    .looseObject({
      Env: strings,
      Entrypoint: strings,
      Cmd: strings,
      WorkingDir: z.string().nullish(),
      User: z.string().nullish(),
      Labels: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  rootfs: z.looseObject({ type: z.string(), diff_ids: z.array(z.string()) }),
  history: z.array(z.looseObject({ empty_layer: z.boolean().optional() })).nullish(),
}) as unknown as z.ZodType<ImageConfig>

/** Reads a manifest. Throws `IMAGE_INVALID` for what is none. `name` is the image's, for the error. */
export function parseManifest(bytes: Uint8Array, name: string): ImageManifest {
  return parse(manifestSchema, bytes, `the manifest of ${name}`)
}

/** Reads a config. Throws `IMAGE_INVALID` for what is none. `name` is the image's, for the error. */
export function parseConfig(bytes: Uint8Array, name: string): ImageConfig {
  return parse(configSchema, bytes, `the config of ${name}`)
}

/** Reads an index. Throws `IMAGE_INVALID` for what is none. `name` is the image's, for the error. */
export function parseIndex(bytes: Uint8Array, name: string): ImageIndex {
  return parse(indexSchema, bytes, `the index of ${name}`)
}

/** Reads JSON. Throws `IMAGE_INVALID` for what is none. */
function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch (error) {
    throw configError('IMAGE_INVALID', `${what} is no JSON`, undefined, error)
  }
}

function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  const { data, error } = schema.safeParse(parseJson(bytes, what))
  if (error === undefined) return data as T
  const [issue] = error.issues
  throw configError(
    'IMAGE_INVALID',
    `${what} is not that of an image: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    'An image of the old schema 1, or an artifact that is no image, cannot be built on.',
  )
}
