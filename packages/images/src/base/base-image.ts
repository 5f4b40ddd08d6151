import type { Digest } from '../distribution/digest.ts'
import type { ImageReference } from '../distribution/reference.ts'
import type { ImageConfig, ImageManifest } from './image-documents.ts'

/** The image that others are built on, for one platform. */
export interface BaseImage {
  /** As errors and annotations say it: `docker.io/library/node:24-slim`. */
  readonly name: string
  /** Where it lies. */
  readonly reference: ImageReference
  /** Of the manifest for the platform. */
  readonly digest: Digest
  /** Of the manifest. */
  readonly mediaType: string
  readonly manifest: ImageManifest
  readonly config: ImageConfig
  /** `linux/amd64` */
  readonly platform: string
}
