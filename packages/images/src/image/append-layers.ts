import type { BaseImage } from '../base/base-image.ts'
import { withVariables } from '../base/environment-list.ts'
import type { Descriptor, ImageConfig, ImageManifest } from '../base/image-documents.ts'
import { digestOf, type Digest } from '../distribution/digest.ts'
import { MEDIA_TYPES } from '../distribution/media-types.ts'
import type { Layer } from '../layer/layer.ts'

/** A layer that comes on top of a base. */
export interface AddedLayer {
  readonly layer: Layer
  /** What it holds, for the image's history. */
  readonly comment: string
}

/** What is different from the base. */
export interface ImageChanges {
  /** The lowest one first. */
  readonly layers: readonly AddedLayer[]
  readonly environment: Readonly<Record<string, string>>
  /** Absent: the base's own. */
  readonly workdir?: string
  /** Absent: the base's own. */
  readonly user?: string
  readonly labels: Readonly<Record<string, string>>
}

/** An image, but for its layers' bytes. */
export interface AssembledImage {
  readonly manifest: { readonly mediaType: string; readonly bytes: Uint8Array; readonly digest: Digest }
  readonly config: { readonly digest: Digest; readonly bytes: Uint8Array }
}

/** Of every image: its digest follows from what is in it, not from when it was made. */
const CREATED = '2000-01-01T00:00:00Z'

/**
 * The config and the manifest of a base with more layers: Docker's where the base is Docker's, else OCI's. The same
 * input gives the same bytes. Pure.
 */
export function appendLayers(base: BaseImage, changes: ImageChanges): AssembledImage {
  const config = Buffer.from(JSON.stringify(configOf(base.config, changes)))
  const isDocker = base.mediaType === MEDIA_TYPES.dockerManifest
  const layers = changes.layers.map(({ layer }) => ({
    mediaType: isDocker ? MEDIA_TYPES.dockerLayerGzip : layer.mediaType,
    digest: layer.digest,
    size: layer.size,
  }))
  const mediaType = isDocker ? MEDIA_TYPES.dockerManifest : MEDIA_TYPES.ociManifest
  const document: ImageManifest & { schemaVersion: 2; mediaType: string; annotations?: object } = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: isDocker ? MEDIA_TYPES.dockerConfig : MEDIA_TYPES.ociConfig,
      digest: digestOf(config),
      size: config.length,
    },
    layers: [...base.manifest.layers.map(plain), ...layers],
    ...(isDocker ? {} : { annotations: annotationsOf(base) }),
  }
  const bytes = Buffer.from(JSON.stringify(document))
  return {
    manifest: { mediaType, bytes, digest: digestOf(bytes) },
    config: { digest: digestOf(config), bytes: config },
  }
}

function configOf(base: ImageConfig, { layers, environment, workdir, user, labels }: ImageChanges): ImageConfig {
  const { os, architecture, variant, config, rootfs } = base
  return {
    created: CREATED,
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    ...(base['os.version'] === undefined ? {} : { 'os.version': base['os.version'] }),
    config: {
      ...config,
      Env: [...withVariables(config?.Env, environment)],
      ...(workdir === undefined ? {} : { WorkingDir: workdir }),
      ...(user === undefined ? {} : { User: user }),
      Labels: Object.fromEntries(
        Object.entries({ ...config?.Labels, ...labels }).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
    },
    rootfs: { type: 'layers', diff_ids: [...rootfs.diff_ids, ...layers.map(({ layer }) => layer.diffId)] },
    history: [
      ...historyOf(base),
      // Engines and services want an entry for each layer.
      ...layers.map(({ comment }) => ({ created: CREATED, created_by: 'sidestep', comment })),
    ],
  }
}

/** A base whose history does not fit its layers, or that has none, gets one that does. */
function historyOf({ history, rootfs }: ImageConfig): NonNullable<ImageConfig['history']> {
  const entries = history ?? []
  const layers = entries.filter(({ empty_layer: isEmpty }) => isEmpty !== true).length
  if (layers === rootfs.diff_ids.length) return entries
  return rootfs.diff_ids.map(() => ({ created: CREATED, created_by: 'base' }))
}

/** Without what belongs to the base's own manifest, such as annotations of its layers. */
function plain({ mediaType, digest, size, urls }: Descriptor): Descriptor {
  return { mediaType, digest, size, ...(urls === undefined ? {} : { urls }) }
}

function annotationsOf({ name, digest }: BaseImage): object {
  return { 'org.opencontainers.image.base.name': name.split('@')[0], 'org.opencontainers.image.base.digest': digest }
}
