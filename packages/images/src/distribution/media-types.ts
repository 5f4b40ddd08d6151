/** Media types of what makes an image: those of OCI, and Docker's, which came first and are still what many bases have. */
export const MEDIA_TYPES = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const

/** What the registry may answer when a manifest is asked for: an image, or a list of images for platforms. */
export const MANIFEST_MEDIA_TYPES: readonly string[] = [
  MEDIA_TYPES.ociIndex,
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.dockerIndex,
  MEDIA_TYPES.dockerManifest,
]

/** True for a list of images, of which `pickPlatform` takes one. */
export function isIndex(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.ociIndex || mediaType === MEDIA_TYPES.dockerIndex
}

/** True for the manifest of one image. */
export function isImageManifest(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.ociManifest || mediaType === MEDIA_TYPES.dockerManifest
}

/** Of a manifest: what the header says; registries that say nothing of use leave it to the document. */
export function mediaTypeOf(header: string | undefined, bytes: Uint8Array): string {
  const said = header?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (said !== '' && said !== 'application/json' && said !== 'application/octet-stream' && said !== 'text/plain')
    return said
  let document: { readonly mediaType?: unknown } | null
  try {
    document = JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return said
  }
  return typeof document?.mediaType === 'string' ? document.mediaType : said
}
