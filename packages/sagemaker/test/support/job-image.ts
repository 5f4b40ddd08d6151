import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'

import { RegistryClient, type Digest, type Login } from '@sidestep/images'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
const BLOCK = 512

/** Where an image goes. */
export interface ImageTarget {
  /** `host:port`. */
  readonly host: string
  /** Default: `steps/job`. */
  readonly repository?: string
  /** Default: nobody is asked. */
  readonly login?: Login | undefined
}

/** Pushes an image that has one file; returns its reference by digest. */
export async function pushImageOf(
  path: string,
  text: string,
  { host, repository: name = 'steps/job', login }: ImageTarget,
): Promise<string> {
  const { signal } = new AbortController()
  const client = new RegistryClient({ registry: host, ...(login === undefined ? {} : { login: async () => login }) })
  try {
    const repository = client.repository(name, { push: true })
    const tar = tarOf(path, text)
    const layer = gzipSync(tar)
    const config = Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
        history: [{ created_by: 'sidestep' }],
      }),
    )
    for (const bytes of [layer, config]) {
      await repository.putBlob(
        { digest: digestOf(bytes), size: bytes.length, open: () => Readable.from([bytes]) },
        { signal },
      )
    }
    const part = (mediaType: string, bytes: Buffer): object => ({
      mediaType,
      digest: digestOf(bytes),
      size: bytes.length,
    })
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: part(CONFIG, config),
      layers: [part(LAYER, layer)],
    }
    const bytes = Buffer.from(JSON.stringify(manifest))
    const digest = await repository.putManifest(digestOf(bytes), { mediaType: MANIFEST, bytes }, { signal })
    return `${host}/${name}@${digest}`
  } finally {
    client.close()
  }
}

function digestOf(bytes: Buffer): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** One file, as POSIX has archives. */
function tarOf(name: string, text: string): Buffer {
  const body = Buffer.from(text)
  const head = Buffer.alloc(BLOCK)
  head.write(name, 0)
  head.write('0000644\0', 100)
  head.write('0000000\0', 108)
  head.write('0000000\0', 116)
  head.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124)
  head.write('00000000000\0', 136)
  head.write('        ', 148)
  head.write('0', 156)
  head.write('ustar\0', 257)
  head.write('00', 263)
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)
  return Buffer.concat([head, body, padding, Buffer.alloc(2 * BLOCK)])
}
