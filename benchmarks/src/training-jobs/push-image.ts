import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

import { RegistryClient, type Digest } from '@sidestep/images'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'

/** Pushes an image of which nothing is ever run; returns its reference by digest. */
export async function pushImage(host: string): Promise<string> {
  const client = new RegistryClient({ registry: host })
  const { signal } = new AbortController()
  try {
    const repository = client.repository('bench', { push: true })
    const config = Buffer.from(
      JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }),
    )
    const digest: Digest = `sha256:${createHash('sha256').update(config).digest('hex')}`
    await repository.putBlob({ digest, size: config.length, open: () => Readable.from([config]) }, { signal })
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, digest, size: config.length },
      layers: [],
    }
    const bytes = Buffer.from(JSON.stringify(manifest))
    return `${host}/bench@${await repository.putManifest('1', { mediaType: MANIFEST, bytes }, { signal })}`
  } finally {
    client.close()
  }
}
