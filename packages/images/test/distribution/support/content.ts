import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

import type { BlobSource, RepositoryClient } from '@sidestep/images'

import { digestOf } from '../../../src/distribution/digest.ts'
import { MEDIA_TYPES } from '../../../src/distribution/media-types.ts'

export const signal: AbortSignal = new AbortController().signal

/** A blob of bytes, which counts how often it was opened. */
export function blobOf(
  bytes: Uint8Array = randomBytes(100_000),
): BlobSource & { readonly bytes: Uint8Array; opened: number } {
  return {
    bytes,
    digest: digestOf(bytes),
    size: bytes.byteLength,
    opened: 0,
    open() {
      this.opened += 1
      // In pieces, as a file comes.
      return Readable.from(pieces(bytes), { objectMode: false })
    },
  }
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

/** Pushes a config and a layer and returns the manifest of the image that they are. */
export async function pushImageParts(repository: RepositoryClient): Promise<{ mediaType: string; bytes: Uint8Array }> {
  const config = blobOf(Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', n: Math.random() })))
  const layer = blobOf()
  for (const blob of [config, layer]) await repository.putBlob(blob, { signal })
  const descriptor = (mediaType: string, { digest, size }: BlobSource) => ({ mediaType, digest, size })
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: descriptor(MEDIA_TYPES.ociConfig, config),
    layers: [descriptor(MEDIA_TYPES.ociLayerGzip, layer)],
  }
  return { mediaType: MEDIA_TYPES.ociManifest, bytes: Buffer.from(JSON.stringify(manifest)) }
}

export async function read(stream: Promise<Readable>): Promise<Uint8Array> {
  return buffer(await stream)
}
