import { Readable } from 'node:stream'

import { formatBytes, type ContainerRegistry } from '@sidestep/core/component'

import type { BaseImage } from '../base/base-image.ts'
import type { Descriptor } from '../base/image-documents.ts'
import type { BlobSource } from '../distribution/content.ts'
import { canonicalHost } from '../distribution/registry-host.ts'
import { answerOf } from '../distribution/registry-answer.ts'
import type { RepositoryClient } from '../distribution/registry-client.ts'
import type { AssembledImage } from '../image/append-layers.ts'
import type { Layer } from '../layer/layer.ts'
import { allOf } from './all-of.ts'
import { KnownBlobs } from './known-blobs.ts'
import type { Registries } from '../distribution/registries.ts'
import type { Target } from './target.ts'

/** Bytes up to which a blob that is not known to be there is sent at once: to look for it takes a trip of its own. */
const NOT_LOOKED_FOR = 1024 * 1024

/** An image, and where it goes. */
export interface PushImage {
  readonly image: AssembledImage
  readonly base: BaseImage
  /** Those on top of the base. */
  readonly layers: readonly Layer[]
  readonly target: Target
  readonly tag: string
}

/** With what it is pushed. */
export interface PushImageOptions {
  readonly registries: Registries
  readonly registry: ContainerRegistry<any>
  readonly home: string
  readonly signal: AbortSignal
  readonly report: (line: string) => void
  /** Awaited before the manifest is there. */
  readonly ready?: Promise<unknown>
}

/**
 * Pushes an image: first its blobs, those of the base without being sent where the registry has them, then its manifest.
 * What is known to be there is not asked for; where the registry then misses something, all is done again, once, with checks.
 */
export async function pushImage(push: PushImage, options: PushImageOptions): Promise<void> {
  const { target } = push
  const { registries, registry, home, signal } = options
  const known = await KnownBlobs.open(home, target)
  const repository = registries.repository(target, { push: true })
  if (known.isEmpty) await registry.createRepository(target.repository, { signal })
  try {
    await pushOnce(push, { ...options, known, repository })
  } catch (error) {
    signal.throwIfAborted()
    if (!isForgetful(error)) throw error
    await known.forget()
    await registry.createRepository(target.repository, { signal })
    await pushOnce(push, { ...options, known, repository })
  }
}

interface PushOnceOptions extends PushImageOptions {
  readonly known: KnownBlobs
  readonly repository: RepositoryClient
}

async function pushOnce(push: PushImage, options: PushOnceOptions): Promise<void> {
  const { image, base, layers, tag } = push
  const { known, repository, signal, report, ready } = options
  const config = blobOf(image.config.digest, image.config.bytes)
  const inherited = base.manifest.layers.filter((layer) => isDistributed(layer) && !known.has(layer.digest))
  const own = layers.filter((layer) => !known.has(layer.digest))
  await allOf(signal, [
    ...own.map((layer) => async (either: AbortSignal) => {
      const done = await repository.putBlob(layer, { signal: either, isNew: layer.size <= NOT_LOOKED_FOR })
      if (done === 'sent') report(`pushed a layer of ${formatBytes(layer.size)}`)
    }),
    (either) => repository.putBlob(config, { signal: either, isNew: true }),
    ...unique(inherited).map((layer) => (either: AbortSignal) => inherit(layer, push, { ...options, signal: either })),
  ])
  await ready
  await repository.putManifest(tag, image.manifest, { signal })
  await known.add([config.digest, ...layers.map(({ digest }) => digest), ...inherited.map(({ digest }) => digest)])
}

/** A layer of the base: mounted where it is in the same registry, else sent through from there. */
async function inherit(
  { digest, size }: Descriptor,
  { base: { reference }, target }: PushImage,
  { repository, registries, signal, report }: PushOnceOptions,
): Promise<void> {
  const isSame = canonicalHost(reference.registry) === canonicalHost(target.registry)
  if (isSame && reference.repository === target.repository) return
  if (isSame && (await repository.mountBlob(digest, reference.repository, { signal }))) return
  const source = registries.repository(reference)
  async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
    yield* (await source.blob(digest, { signal })) as AsyncIterable<Uint8Array>
  }
  const done = await repository.putBlob(
    { digest, size, open: () => Readable.from(bytes(), { objectMode: false }) },
    { signal },
  )
  if (done === 'sent') report(`copied a layer of the base: ${formatBytes(size)}`)
}

/** Layers that may not be pushed, such as those of Windows. */
function isDistributed({ mediaType }: Descriptor): boolean {
  return !/foreign|nondistributable/u.test(mediaType)
}

function unique(layers: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()]
}

function blobOf(digest: BlobSource['digest'], bytes: Uint8Array): BlobSource {
  return { digest, size: bytes.length, open: () => Readable.from([bytes], { objectMode: false }) }
}

/** Whether a registry does not have what it had: a blob was collected, or the whole repository is gone. */
function isForgetful(error: unknown): boolean {
  const answer = answerOf(error)
  if (answer === undefined) return false
  // Some say of a manifest whose blobs are missing only that it is invalid.
  const codes = /^(?:MANIFEST_)?BLOB_UNKNOWN$|^NAME_UNKNOWN$|^MANIFEST_INVALID$/u
  return answer.status === 404 || answer.codes.some((code) => codes.test(code))
}
