import type { Bucket } from '../objects/object-store.ts'
import type { StoredObject } from './stored-object.ts'

/** Which server an answer's links name: `127.0.0.1:41233`. */
export interface LinkBase {
  readonly host: string
}

/** The object resource of the JSON API. */
export async function objectResource(
  bucket: Bucket,
  object: StoredObject,
  { host }: LinkBase,
): Promise<Readonly<Record<string, unknown>>> {
  const { generation, metageneration, version, fields } = object
  const { md5, crc32c } = await object.hashes()
  const path = `storage/v1/b/${encodeURIComponent(bucket.name)}/o/${encodeURIComponent(version.key)}`
  const created = timeOf(object.createdAt)
  return {
    kind: 'storage#object',
    id: `${bucket.name}/${version.key}/${generation}`,
    selfLink: `http://${host}/${path}`,
    mediaLink: `http://${host}/download/${path}?generation=${generation}&alt=media`,
    name: version.key,
    bucket: bucket.name,
    generation: `${generation}`,
    metageneration: `${metageneration}`,
    ...fields,
    contentType: object.contentType,
    storageClass: object.storageClass,
    size: `${version.size}`,
    ...(md5 !== undefined && { md5Hash: md5 }),
    crc32c,
    ...(object.componentCount !== undefined && { componentCount: object.componentCount }),
    etag: object.etag,
    timeCreated: created,
    updated: timeOf(version.createdAt),
    timeStorageClassUpdated: created,
    timeFinalized: created,
  }
}

/** A time of the JSON API: RFC 3339. */
export function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
