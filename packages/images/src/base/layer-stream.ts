import { pipeline, type Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'

import { configError } from '@sidestep/core/component'

import { ZstdFrames } from './zstd-frames.ts'

/** The archive in a layer's blob, as it comes: what is wrong with the blob ends it with an error. */
export function layerArchive(blob: Readable, mediaType: string, name: string): Readable {
  // Its error reaches the reader as that of the stream that is returned.
  if (/[.+]gzip$/u.test(mediaType)) return pipeline(blob, createGunzip(), () => {})
  if (/[.+]zstd$/u.test(mediaType)) return pipeline(blob, new ZstdFrames(), createZstdDecompress(), () => {})
  if (mediaType.endsWith('.tar')) return blob
  blob.destroy()
  throw configError('IMAGE_INVALID', `a layer of ${name} is ${mediaType}, which cannot be read`)
}
