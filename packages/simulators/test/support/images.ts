import { createHash } from 'node:crypto'

import { call, type Answer, type Call } from './call.ts'

export const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'
/** What Docker's registry wants to hear before it gives out OCI manifests. */
export const ACCEPT = { Accept: `${IMAGE}, ${INDEX}` }

export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

export function descriptorOf(bytes: string, mediaType: string): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: digestOf(bytes), size: Buffer.byteLength(bytes) }
}

/** A repository of a registry, spoken to by hand. */
export class Remote {
  readonly base: string
  readonly name: string
  readonly headers: Record<string, string>

  constructor(host: string, name: string, headers: Record<string, string> = {}) {
    this.base = `http://${host}`
    this.name = name
    this.headers = headers
  }

  /** A path of this repository. */
  async call(path: string, options: Call = {}): Promise<Answer> {
    return this.at(`/v2/${this.name}/${path}`, options)
  }

  /** Any address: a `Location` may be relative. */
  async at(location: string, options: Call = {}): Promise<Answer> {
    return call(new URL(location, this.base), { ...options, headers: { ...this.headers, ...options.headers } })
  }

  /** The address that an upload continues at. */
  async begin(query = ''): Promise<string> {
    const begun = await this.call(`blobs/uploads/${query}`, { method: 'POST' })
    if (begun.status !== 202) throw new Error(`${begun.status} ${begun.body.toString()}`)
    return begun.headers.location ?? ''
  }

  /** With one PUT. */
  async put(location: string, body: Uint8Array | string, digest = digestOf(body)): Promise<Answer> {
    const headers = { 'Content-Type': 'application/octet-stream' }
    const url = new URL(location, this.base)
    url.searchParams.set('digest', digest)
    return this.at(url.href, { method: 'PUT', headers, body })
  }

  async push(body: Uint8Array | string): Promise<Answer> {
    return this.put(await this.begin(), body)
  }

  async putManifest(reference: string, manifest: unknown, mediaType: string = IMAGE): Promise<Answer> {
    const body = typeof manifest === 'string' ? manifest : JSON.stringify(manifest)
    return this.call(`manifests/${reference}`, { method: 'PUT', headers: { 'Content-Type': mediaType }, body })
  }

  /** An image of one layer, with its blobs; returns its manifest as it was sent. */
  async pushImage(reference: string, layer: string): Promise<string> {
    const config = JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } })
    await this.push(config)
    await this.push(layer)
    const manifest = imageOf(config, layer)
    const answer = await this.putManifest(reference, manifest)
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body.toString()}`)
    return manifest
  }
}

export function imageOf(config: string, layer: string, more: object = {}): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    config: descriptorOf(config, 'application/vnd.oci.image.config.v1+json'),
    layers: [descriptorOf(layer, 'application/vnd.oci.image.layer.v1.tar')],
    ...more,
  })
}
