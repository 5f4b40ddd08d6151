import { gunzipSync, gzipSync } from 'node:zlib'

import { packTar, type TarEntry } from 'modern-tar'

import { NODE_BASE } from '@sidestep/containers'

import { ACCEPT, descriptorOf, digestOf, IMAGE, Remote } from '../support/images.ts'

/** Of an image that is made by hand. */
export interface TestImage {
  /** Without one, the image has nothing but its layers. */
  readonly base?: TestBase
  /** Each with who made it, as its history says. */
  readonly layers?: readonly { readonly by: string; readonly bytes: Buffer }[]
  readonly config?: object
  /** Default: what fits. */
  readonly history?: readonly object[]
}

/** A base, and all that a registry needs of it. */
export interface TestBase {
  readonly diffIds: readonly string[]
  readonly config: object
  readonly layers: readonly { readonly mediaType: string; readonly digest: string; readonly size: number }[]
  readonly blobs: readonly Buffer[]
}

/** An entry of a layer: a file with its text. */
export function file(name: string, text: string, mode: number = 0o644): TarEntry {
  const body = Buffer.from(text)
  return { header: { name, size: body.length, type: 'file', mode, mtime: new Date(0) }, body }
}

/** An entry of a layer: a symbolic link. */
export function link(name: string, linkname: string): TarEntry {
  return { header: { name, size: 0, type: 'symlink', linkname, mtime: new Date(0) } }
}

/** A layer as Sidestep compresses them: in members of their own. */
export async function layer(...entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = await packTar(entries)
  const half = Math.floor(tar.length / 2)
  return Buffer.concat([gzipSync(tar.subarray(0, half)), gzipSync(tar.subarray(half))])
}

/** Pushes an image and returns its reference by digest. `headers` say who pushes. */
export async function pushImage(
  host: string,
  name: string,
  image: TestImage,
  headers: Record<string, string> = {},
): Promise<string> {
  const { base, layers = [], config = {} } = image
  const remote = new Remote(host, name, headers)
  for (const blob of [...(base?.blobs ?? []), ...layers.map(({ bytes }) => bytes)]) {
    const { status } = await remote.call(`blobs/${digestOf(blob)}`, { method: 'HEAD' })
    if (status !== 200) await remote.push(blob)
  }
  const document = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { ...base?.config, ...config },
    rootfs: {
      type: 'layers',
      diff_ids: [
        ...(base?.diffIds ?? []),
        ...layers.map(({ bytes }) => digestOf(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes)),
      ],
    },
    history: image.history ?? [
      ...(base?.diffIds ?? []).map(() => ({ created_by: 'base' })),
      { created_by: 'base', empty_layer: true },
      ...layers.map(({ by }) => ({ created_by: by })),
    ],
  })
  await remote.push(document)
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    config: descriptorOf(document, 'application/vnd.oci.image.config.v1+json'),
    layers: [
      ...(base?.layers ?? []),
      ...layers.map(({ bytes }) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: digestOf(bytes),
        size: bytes.length,
      })),
    ],
  })
  const answer = await remote.putManifest('1', manifest)
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body.toString()}`)
  return `${host}/${name}@${digestOf(manifest)}`
}

/** The base with Node.js, from the registry of the tests. */
export async function nodeBase(): Promise<TestBase> {
  const [, host = '', name = '', tag = ''] = /^([^/]+)\/(.+):([^:]+)$/.exec(NODE_BASE) ?? []
  const remote = new Remote(host, name, {
    Accept: `${ACCEPT.Accept}, application/vnd.docker.distribution.manifest.v2+json`,
  })
  const manifest = (await remote.call(`manifests/${tag}`)).json()
  const config = (await remote.call(`blobs/${manifest.config.digest}`)).body
  const { rootfs, config: run } = JSON.parse(config.toString())
  const layers: TestBase['layers'] = manifest.layers.map(({ digest, size }: { digest: string; size: number }) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest,
    size,
  }))
  const blobs = await Promise.all(layers.map(async ({ digest }) => (await remote.call(`blobs/${digest}`)).body))
  return { diffIds: rootfs.diff_ids, config: run, layers, blobs }
}
