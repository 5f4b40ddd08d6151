import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import type { ObjectStore, StoredVersion } from '../objects/object-store.ts'
import { hostsOf, type Host } from './ml-folder.ts'
import { downloadObject, objectsBelow, parseS3Uri, pathBelow } from './s3-files.ts'
import type { Channel, TrainingJobRequest } from './training-job.ts'

interface ChannelFile {
  readonly version: StoredVersion
  readonly path: string
}

/** Writes the channels of a job into `input/data` of one machine's folder. Throws for a manifest that cannot be followed. */
export async function downloadChannels(
  folder: string,
  {
    request,
    host,
    objects,
  }: { readonly request: TrainingJobRequest; readonly host: Host; readonly objects: ObjectStore },
): Promise<void> {
  for (const channel of request.InputDataConfig ?? []) {
    const source = channel.DataSource.S3DataSource
    if (source === undefined) continue
    const groups = source.InstanceGroupNames ?? []
    const hosts = hostsOf(request).filter(({ group }) => groups.length === 0 || groups.includes(group))
    if (!hosts.some(({ name }) => name === host.name)) continue
    const target = join(folder, 'input', 'data', channel.ChannelName)
    await mkdir(target, { recursive: true })
    const files = await filesOf(channel, objects)
    const isSharded = source.S3DataDistributionType === 'ShardedByS3Key'
    for (const { version, path } of isSharded ? shareOf(files, hosts, host) : files) {
      await downloadObject(version, target, path)
    }
  }
}

/** With `ShardedByS3Key` every machine that gets the channel gets some of its objects: each in turn. */
function shareOf(files: readonly ChannelFile[], hosts: readonly Host[], host: Host): readonly ChannelFile[] {
  const own = hosts.findIndex(({ name }) => name === host.name)
  return files.filter((_, index) => index % hosts.length === own)
}

async function filesOf({ ChannelName, DataSource }: Channel, objects: ObjectStore): Promise<readonly ChannelFile[]> {
  const { S3DataType = '', S3Uri = '' } = DataSource.S3DataSource ?? {}
  const location = parseS3Uri(S3Uri)
  if (location === undefined) throw new Error(`${S3Uri} of the channel ${ChannelName} is no address in S3`)
  if (S3DataType === 'S3Prefix') {
    return objectsBelow(objects, location).flatMap((version) => {
      const path = pathBelow(location.key, version.key)
      return path === undefined ? [] : [{ version, path }]
    })
  }
  const manifest = objects.bucket(location.bucket)?.get(location.key)
  if (manifest === undefined) throw new Error(`there is no manifest ${S3Uri}`)
  return (await keysOfManifest(manifest, S3Uri)).map(({ prefix, path }) => {
    const target = parseS3Uri(prefix + path)
    const version = target === undefined ? undefined : objects.bucket(target.bucket)?.get(target.key)
    if (version === undefined) throw new Error(`there is no object ${prefix}${path}, which the manifest ${S3Uri} names`)
    return { version, path: path === '' ? (prefix.split('/').at(-1) ?? '') : path }
  })
}

/** `[{ "prefix": "s3://bucket/a/" }, "b.csv", "c.csv"]`. */
async function keysOfManifest(
  manifest: StoredVersion,
  uri: string,
): Promise<readonly { readonly prefix: string; readonly path: string }[]> {
  const read: unknown = JSON.parse(await text(manifest.open()))
  if (!Array.isArray(read)) throw new Error(`the manifest ${uri} is no list`)
  const [first, ...paths] = read as readonly unknown[]
  const { prefix } = (first ?? {}) as { readonly prefix?: unknown }
  if (typeof prefix !== 'string' || !paths.every((path) => typeof path === 'string')) {
    throw new Error(`the manifest ${uri} is not {"prefix": …} and paths`)
  }
  return paths.map((path) => ({ prefix, path }))
}
