import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const CONFIG = 'application/vnd.docker.container.image.v1+json'
/** The same content gives the same digest. */
const CREATED = '1970-01-01T00:00:00Z'
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip'

/** An image of one layer. */
export interface ImageContent {
  /** The layer, not compressed. */
  readonly archive: Uint8Array
  /** What containers run with, as in Docker's image configuration: `Env`, `User`, … */
  readonly config: Readonly<Record<string, unknown>>
}

/** Whether a registry has an image: `127.0.0.1:5000/base:1`. */
export async function isPushed(reference: string): Promise<boolean> {
  const answer = await fetch(manifestUrl(reference), { method: 'HEAD', headers: { accept: MANIFEST } })
  if (answer.status === 404) return false
  return (await accepted(answer)).ok
}

/** Sends an image to a registry that speaks plain HTTP. An engine's `push` takes ten times as long, to compress it. */
export async function pushImage(reference: string, { archive, config }: ImageContent): Promise<void> {
  const layer = await promisify(gzip)(archive, { level: 1 })
  const text = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: CREATED,
    config,
    history: [{ created: CREATED, created_by: 'tools/containers' }],
    rootfs: { type: 'layers', diff_ids: [digestOf(archive)] },
  })
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: await pushBlob(reference, CONFIG, Buffer.from(text)),
    layers: [await pushBlob(reference, LAYER, layer)],
  }
  const body = JSON.stringify(manifest)
  await accepted(await fetch(manifestUrl(reference), { method: 'PUT', headers: { 'content-type': MANIFEST }, body }))
}

/** Gives an image of a registry another name in it. */
export async function tagImage(reference: string, name: string): Promise<void> {
  const { host, repository } = partsOf(reference)
  const other = partsOf(name)
  if (host !== other.host || repository !== other.repository) throw new Error(`${name} is elsewhere than ${reference}`)
  const manifest = await accepted(await fetch(manifestUrl(reference), { headers: { accept: MANIFEST } }))
  const body = await manifest.text()
  await accepted(await fetch(manifestUrl(name), { method: 'PUT', headers: { 'content-type': MANIFEST }, body }))
}

async function pushBlob(reference: string, mediaType: string, blob: Buffer): Promise<object> {
  const { host, repository } = partsOf(reference)
  const begun = await accepted(await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' }))
  const upload = new URL(begun.headers.get('location') ?? '', begun.url)
  const digest = digestOf(blob)
  upload.searchParams.set('digest', digest)
  const headers = { 'content-type': 'application/octet-stream' }
  await accepted(await fetch(upload, { method: 'PUT', headers, body: blob as Buffer<ArrayBuffer> }))
  return { mediaType, size: blob.length, digest }
}

async function accepted(answer: Response): Promise<Response> {
  if (answer.ok) return answer
  throw new Error(`${answer.url} answers ${answer.status}: ${await answer.text()}`)
}

function manifestUrl(reference: string): string {
  const { host, repository, tag } = partsOf(reference)
  return `http://${host}/v2/${repository}/manifests/${tag}`
}

function partsOf(reference: string): { host: string; repository: string; tag: string } {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/u.exec(reference) ?? []
  if (host === undefined || repository === undefined || tag === undefined)
    throw new Error(`${reference}: no HOST/NAME:TAG`)
  return { host, repository, tag }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
