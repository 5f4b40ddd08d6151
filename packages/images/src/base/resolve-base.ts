import { buffer } from 'node:stream/consumers'

import { configError, SidestepError } from '@sidestep/core/component'

import type { Manifest } from '../distribution/content.ts'
import { isDigest, type Digest } from '../distribution/digest.ts'
import { isImageManifest, isIndex } from '../distribution/media-types.ts'
import { formatPlatform, parsePlatform, pickPlatform } from '../distribution/platform.ts'
import { formatReference, parseReference, type ImageReference } from '../distribution/reference.ts'
import type { RepositoryClient } from '../distribution/registry-client.ts'
import type { Registries } from '../distribution/registries.ts'
import type { BaseImage } from './base-image.ts'
import type { DocumentCache } from './document-cache.ts'
import { parseConfig, parseIndex, parseManifest, type Descriptor, type ImageConfig } from './image-documents.ts'
import { readBlob } from './read-blob.ts'

/** What resolving needs. */
export interface ResolveBaseOptions {
  /** `linux/amd64` */
  readonly platform: string
  readonly registries: Registries
  readonly documents: DocumentCache
  readonly signal: AbortSignal
}

/** With and without a signature. */
const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+'
/** An index may lead to another one. */
const DEEPEST_INDEX = 4
/** Bytes. Configs are some kilobytes. */
const LARGEST_CONFIG = 4 * 1024 * 1024

/**
 * The image of a name for a platform, by its digest. A name with a digest that was resolved before is resolved without
 * asking anybody; of one with a tag that was, only the digest is asked for. Rejects with `IMAGE_UNKNOWN` where there is
 * none, `IMAGE_INVALID` where it is not there for the platform or is no image, and with the errors of the registry.
 */
export async function resolveBase(text: string, options: ResolveBaseOptions): Promise<BaseImage> {
  const { registries, documents, signal } = options
  const reference = parseReference(text)
  const name = formatReference(reference)
  const repository = registries.repository(reference)
  const read: ReadDocument = { ...options, repository, name }
  const { digest, tag = 'latest' } = reference
  if (digest !== undefined) return imageOf(await readManifest(digest, read), reference, read)
  const before = await documents.meaning(name)
  // Docker Hub counts how often manifests are read, and not how often it is asked for their digest.
  const isSame = before !== undefined && (await repository.manifestDigest(tag, { signal })) === before
  const manifest = (isSame ? await documents.get(before) : undefined) ?? (await readManifest(tag, read))
  await documents.putMeaning(name, manifest.digest)
  return imageOf(manifest, reference, read)
}

/**
 * The image that a name most likely still means, without asking anybody: what it meant the last time. `undefined` where
 * it was not resolved before, or where something of it is not kept.
 */
export async function likelyBase(
  text: string,
  { platform, documents, signal }: Omit<ResolveBaseOptions, 'registries'>,
): Promise<BaseImage | undefined> {
  const reference = parseReference(text)
  const name = formatReference(reference)
  const digest = reference.digest ?? (await documents.meaning(name))
  const manifest = digest !== undefined && isDigest(digest) ? await documents.get(digest) : undefined
  if (manifest === undefined) return undefined
  try {
    return await imageOf(manifest, reference, { platform, documents, name, signal })
  } catch (error) {
    // It is resolved properly too, which says what is wrong.
    if (error instanceof NotKeptError || SidestepError.isInstance(error)) return undefined
    throw error
  }
}

/** The image for a platform that a manifest or an index stands for. */
async function imageOf(first: Manifest, reference: ImageReference, read: ReadDocument): Promise<BaseImage> {
  const { name, platform } = read
  let manifest = first
  for (let depth = 0; isIndex(manifest.mediaType) && depth < DEEPEST_INDEX; depth++) {
    manifest = await readManifest(pickPlatform(parseIndex(manifest.bytes, name), platform, name).digest, read)
  }
  if (!isImageManifest(manifest.mediaType)) throw noImage(name, manifest.mediaType)
  const parsed = parseManifest(manifest.bytes, name)
  const config = parseConfig(await readConfig(parsed.config, read), name)
  checkPlatform(config, platform, name)
  if (config.rootfs.diff_ids.length !== parsed.layers.length) {
    throw configError('IMAGE_INVALID', `${name} has ${parsed.layers.length} layers, and its config says otherwise`)
  }
  const { digest, mediaType } = manifest
  return { name, reference, digest, mediaType, manifest: parsed, config, platform }
}

interface ReadDocument {
  /** Absent: nobody is asked. */
  readonly repository?: RepositoryClient
  readonly documents: DocumentCache
  readonly name: string
  /** `linux/amd64` */
  readonly platform: string
  readonly signal: AbortSignal
}

/** Something is not kept, and nobody is asked for it. */
class NotKeptError extends Error {}

async function readManifest(
  reference: string,
  { repository, documents, name, signal }: ReadDocument,
): Promise<Manifest> {
  const kept = isDigest(reference) ? await documents.get(reference) : undefined
  if (kept !== undefined) return kept
  if (repository === undefined) throw new NotKeptError(reference)
  const manifest = await repository.manifest(reference, { signal })
  if (manifest === undefined) {
    throw configError(
      'IMAGE_UNKNOWN',
      `there is no image ${name}${isDigest(reference) && !name.includes(reference) ? ` (${reference})` : ''}`,
      'Check the name and the tag of `parentImage`. Some registries answer so where one is not logged in.',
    )
  }
  await documents.put(manifest)
  return manifest
}

async function readConfig(
  { digest, size, mediaType }: Descriptor,
  { repository, documents, name, signal }: ReadDocument,
): Promise<Uint8Array> {
  const kept = await documents.get(digest)
  if (kept !== undefined) return kept.bytes
  if (repository === undefined) throw new NotKeptError(digest)
  if (size > LARGEST_CONFIG) throw configError('IMAGE_INVALID', `the config of ${name} has ${size} bytes`)
  const bytes = await readBlob(repository, digest, { signal, use: buffer })
  await documents.put({ digest: digest as Digest, mediaType, bytes })
  return bytes
}

function noImage(name: string, mediaType: string): SidestepError {
  const said = mediaType === '' ? 'the registry does not say what it is' : `its media type is ${mediaType}`
  const hint = mediaType.startsWith(SCHEMA_1)
    ? "Images of Docker's old schema 1 cannot be built on: pull it and push it anew with a Docker of today."
    : 'Name an image, not an artifact such as a chart or a signature.'
  return configError('IMAGE_INVALID', `${name} is no image: ${said}`, hint)
}

/** A single image names no platform in an index, so its config has to be looked at. */
function checkPlatform(config: ImageConfig, wanted: string, name: string): void {
  const { os, architecture, variant } = config
  const platform = { os, architecture, ...(variant === undefined || variant === '' ? {} : { variant }) }
  const only = { mediaType: '', digest: 'sha256:' as const, size: 0, platform }
  pickPlatform({ manifests: [only] }, formatPlatform(parsePlatform(wanted)), name)
}
