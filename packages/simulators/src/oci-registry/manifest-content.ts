import { DistributionError } from './distribution-error.ts'
import { isDigest, type Digest } from './names.ts'

/** What a manifest says of other content. */
export interface Descriptor {
  readonly digest: Digest
  readonly mediaType: string
  /** Bytes. */
  readonly size: number
}

/** What a manifest says, as far as a registry reads it. */
export interface ManifestContent {
  /** Config and layers that the repository must have. */
  readonly blobs: readonly Descriptor[]
  /** Manifests of an index that the repository must have. */
  readonly manifests: readonly Descriptor[]
  /** The manifest that this one is about: it need not be there. */
  readonly subject: Digest | undefined
  /** Its own, or the type of its config. */
  readonly artifactType: string | undefined
  /** As they are. */
  readonly annotations: Readonly<Record<string, string>> | undefined
}

const IMAGES = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json']
const INDEXES = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json']
/** Layers with a media type that ends so are kept elsewhere. */
const FOREIGN = /\.foreign\.|\.nondistributable\./

type Json = Readonly<Record<string, unknown>>

/** Throws `MANIFEST_INVALID`. `mediaType`: what the request's `Content-Type` says. */
export function parseManifest(bytes: Uint8Array, mediaType: string): ManifestContent {
  const manifest = parseJson(bytes)
  if (manifest['schemaVersion'] !== 2) throw invalid('schemaVersion is not 2')
  const own = manifest['mediaType'] ?? mediaType
  if (own !== mediaType) throw invalid(`mediaType is ${JSON.stringify(own)}, Content-Type ${mediaType}`)
  const subject = manifest['subject'] === undefined ? undefined : descriptor(manifest['subject'], 'subject').digest
  const common = {
    subject,
    artifactType: text(manifest['artifactType']),
    annotations: object(manifest['annotations']) as Readonly<Record<string, string>> | undefined,
  }
  if (IMAGES.includes(mediaType)) {
    const config = descriptor(manifest['config'], 'config')
    const layers = list(manifest, 'layers').filter((layer) => !FOREIGN.test(layer.mediaType))
    const artifactType = common.artifactType ?? config.mediaType
    return { ...common, artifactType, blobs: [config, ...layers], manifests: [] }
  }
  if (INDEXES.includes(mediaType)) {
    return { ...common, blobs: [], manifests: list(manifest, 'manifests') }
  }
  throw invalid(`${mediaType} is no media type of a manifest`)
}

function list(manifest: Json, name: string): readonly Descriptor[] {
  const value = manifest[name]
  if (!Array.isArray(value)) throw invalid(`${name} is no list`)
  return value.map((one, index) => descriptor(one, `${name}[${index}]`))
}

function descriptor(value: unknown, where: string): Descriptor {
  const { digest, mediaType, size } = object(value) ?? {}
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(`${where}.digest is no sha256 digest`)
  if (typeof mediaType !== 'string' || mediaType === '') throw invalid(`${where}.mediaType is missing`)
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw invalid(`${where}.size is no number of bytes`)
  return { digest, mediaType, size: size as number }
}

function parseJson(bytes: Uint8Array): Json {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : 'no JSON')
  }
  const manifest = object(value)
  if (manifest === undefined) throw invalid('no JSON object')
  return manifest
}

function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function invalid(message: string): DistributionError {
  return new DistributionError(400, 'MANIFEST_INVALID', message)
}
