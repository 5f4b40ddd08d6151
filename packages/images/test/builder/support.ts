import { createHash } from 'node:crypto'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'

import type { BuildImageOptions, ContainerRegistry, DockerSettings, ImageRecipe } from '@sidestep/core'
import { packTar, unpackTar, type ParsedTarEntryWithData, type TarHeader } from 'modern-tar'
import { onTestFinished } from 'vitest'

import { parseManifest, type ImageManifest, type ImageRunConfig } from '../../src/base/image-documents.ts'
import { OciImageBuilder } from '../../src/builder/oci-image-builder.ts'
import { digestOf } from '../../src/distribution/digest.ts'
import { MEDIA_TYPES } from '../../src/distribution/media-types.ts'
import { RegistryClient } from '../../src/distribution/registry-client.ts'
import { OciContainerRegistry } from '../../src/oci/oci-container-registry.ts'

export const signal: AbortSignal = new AbortController().signal

/** A file, a link (`-> target`) or a folder (`null`, or mode and owner) of a layer, by path. */
export type Tree = Readonly<Record<string, string | Uint8Array | null | readonly [mode: number, id: number]>>

export interface BaseToPush {
  readonly layers: readonly Tree[]
  readonly config?: object
  readonly architecture?: string
  readonly docker?: boolean
  /** The commands of its history. */
  readonly commands?: readonly string[]
}

/** Of an official image of Node.js: nobody looks into it. */
export const OFFICIAL: ImageRunConfig = {
  Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_VERSION=24.21.0'],
  Entrypoint: ['docker-entrypoint.sh'],
  Cmd: ['node'],
}

/** What libraries a Debian has, for the official binary. */
export const GLIBC: Tree = {
  lib: '-> usr/lib',
  'usr/lib/x86_64-linux-gnu/libc.so.6': 'glibc',
  'usr/lib/x86_64-linux-gnu/libgcc_s.so.1': 'gcc',
  'usr/lib/x86_64-linux-gnu/libstdc++.so.6': '-> libstdc++.so.6.0.30',
  'usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30': 'c++',
}

/** As far as anybody looks into it: the beginning of an ELF file, and what its inspector calls itself. */
export function nodeProgram(version: string): Uint8Array {
  const header = Buffer.alloc(64)
  header.write('\u007fELF\u0002\u0001', 'latin1')
  header.writeUInt16LE(62, 18)
  return Buffer.concat([header, Buffer.from(`\0node.js/v${version}\0`), Buffer.alloc(100)])
}

export async function archive(tree: Tree): Promise<Uint8Array> {
  // The same files are the same layer, whenever it is made.
  const mtime = new Date(0)
  return packTar(
    Object.entries(tree).map(([name, body]) => {
      if (body === null) return { header: { name, mtime, type: 'directory', size: 0 } satisfies TarHeader }
      if (isOwned(body)) {
        const [mode, id] = body
        return { header: { name, mtime, type: 'directory', size: 0, mode, uid: id, gid: id } satisfies TarHeader }
      }
      if (typeof body === 'string' && body.startsWith('-> ')) {
        return { header: { name, mtime, type: 'symlink', linkname: body.slice(3), size: 0 } satisfies TarHeader }
      }
      return { header: { name, mtime, mode: 0o755, size: Buffer.byteLength(body) }, body }
    }),
  )
}

function isOwned(body: Tree[string]): body is readonly [mode: number, id: number] {
  return Array.isArray(body)
}

/** Pushes an image as others make them, and returns its digest. */
export async function pushBase(
  reference: { readonly registry: string; readonly repository: string; readonly tag: string },
  { layers, config = {}, architecture = 'amd64', docker = false, commands = [] }: BaseToPush,
): Promise<string> {
  const client = new RegistryClient({ registry: reference.registry })
  const repository = client.repository(reference.repository, { push: true })
  const push = async (bytes: Uint8Array, mediaType: string) => {
    const digest = digestOf(bytes)
    await repository.putBlob({ digest, size: bytes.length, open: () => Readable.from([bytes]) }, { signal })
    return { mediaType, digest, size: bytes.length }
  }
  const archives = await Promise.all(layers.map(archive))
  const document = {
    os: 'linux',
    architecture,
    config,
    rootfs: { type: 'layers', diff_ids: archives.map(digestOf) },
    history: commands.map((created_by) => ({ created_by, empty_layer: true })),
  }
  const mediaType = docker ? MEDIA_TYPES.dockerManifest : MEDIA_TYPES.ociManifest
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: await push(
      Buffer.from(JSON.stringify(document)),
      docker ? MEDIA_TYPES.dockerConfig : MEDIA_TYPES.ociConfig,
    ),
    layers: await Promise.all(
      archives.map((tar) => push(gzipSync(tar), docker ? MEDIA_TYPES.dockerLayerGzip : MEDIA_TYPES.ociLayerGzip)),
    ),
  }
  const digest = await repository.putManifest(
    reference.tag,
    { mediaType, bytes: Buffer.from(JSON.stringify(manifest)) },
    { signal },
  )
  client.close()
  return digest
}

export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-images-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface Project {
  readonly folder: string
  readonly home: string
}

export async function project(): Promise<Project> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'package.json'), '{ "name": "project" }')
  return { folder, home: join(folder, '.sidestep') }
}

/** A recipe with a bundle of this text. */
export async function recipe(
  { folder }: Project,
  code: string,
  dockerSettings: DockerSettings = {},
): Promise<ImageRecipe> {
  const sha256 = createHash('sha256').update(code).digest('hex')
  const path = join(folder, `${sha256}.mjs`)
  await writeFile(path, code)
  return {
    dockerSettings,
    platform: 'linux/amd64',
    bundle: { path, sha256, requirements: [] },
    projectFolder: folder,
  }
}

export function options({ home }: Project, registry: ContainerRegistry<any>): BuildImageOptions & { lines: string[] } {
  const lines: string[] = []
  return { home, registry, signal, report: (line) => lines.push(line), lines }
}

export function registryAt(uri: string): OciContainerRegistry {
  return new OciContainerRegistry({ uri })
}

export function builder(parentImage: string): OciImageBuilder {
  return new OciImageBuilder({ parentImage, nodeVersion: '24' })
}

export interface ReadImage {
  readonly manifest: {
    readonly mediaType: string
    readonly layers: readonly { readonly digest: `sha256:${string}`; readonly size: number }[]
  }
  readonly config: {
    readonly config: Record<string, any>
    readonly history: readonly object[]
    readonly rootfs: { readonly diff_ids: readonly string[] }
  }
  /** The last layer's files, by path. */
  readonly files: Readonly<Record<string, string>>
  /** What is in each layer, the lowest one first: `path mode uid`, and of a file its text. */
  readonly layers: readonly (readonly string[])[]
}

/** The manifest that a registry has by `host/repository@digest`. */
export async function readManifest(image: string): Promise<ImageManifest> {
  const [, registry = '', repository = '', digest = ''] = /^([^/]+)\/(.+)@(.+)$/u.exec(image) ?? []
  const client = new RegistryClient({ registry })
  const found = await client.repository(repository).manifest(digest, { signal })
  client.close()
  return parseManifest(found?.bytes ?? new Uint8Array(), image)
}

/** The config of what a registry has by `host/repository@digest`. Layers are not read, which takes long for large ones. */
export async function readConfig(image: string): Promise<ReadImage['config']> {
  const [, registry = '', repository = ''] = /^([^/]+)\/(.+)@(.+)$/u.exec(image) ?? []
  const client = new RegistryClient({ registry })
  const { config } = await readManifest(image)
  const read = await text(await client.repository(repository).blob(config.digest, { signal }))
  client.close()
  return JSON.parse(read)
}

/** What a registry has by `host/repository@digest`. */
export async function readImage(image: string): Promise<ReadImage> {
  const [, registry = '', repository = '', digest = ''] = /^([^/]+)\/(.+)@(.+)$/u.exec(image) ?? []
  const client = new RegistryClient({ registry })
  const from = client.repository(repository)
  const blob = async (of: `sha256:${string}`) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of await from.blob(of, { signal })) chunks.push(chunk as Uint8Array)
    return Buffer.concat(chunks)
  }
  const found = await from.manifest(digest, { signal })
  const manifest = JSON.parse(Buffer.from(found?.bytes ?? []).toString())
  const config = JSON.parse((await blob(manifest.config.digest)).toString())
  const layers: ParsedTarEntryWithData[][] = await Promise.all(
    manifest.layers.map(async ({ digest }: { digest: `sha256:${string}` }) =>
      unpackTar(gunzipSync(await blob(digest))),
    ),
  )
  const entries = layers.at(-1) ?? []
  client.close()
  return {
    manifest,
    config,
    files: Object.fromEntries(
      entries
        .filter(({ data }) => data !== undefined)
        .map(({ header, data }) => [header.name, Buffer.from(data ?? []).toString()]),
    ),
    layers: layers.map((layer) =>
      layer.map(({ header: { name, mode = 0, uid = 0 }, data }) =>
        [name, mode.toString(8), uid, ...(data === undefined ? [] : [Buffer.from(data).toString()])].join(' '),
      ),
    ),
  }
}

/** The paths of the files in the upper layers, the lowest layer first. */
export function filesAbove({ layers }: Pick<ReadImage, 'layers'>, count: number): string[] {
  return layers
    .slice(-count)
    .flat()
    .map((line) => line.split(' ', 1)[0] ?? '')
    .filter((path) => !path.endsWith('/'))
}
