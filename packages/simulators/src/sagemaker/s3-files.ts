import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join, posix, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'

import type { Bucket, ObjectStore, StoredVersion } from '../objects/object-store.ts'
import { checksumOf, DEFAULT_ALGORITHM } from '../s3/checksum.ts'
import { metadataOf } from '../s3/object-info.ts'

/** An address in S3. */
export interface S3Location {
  readonly bucket: string
  /** Of an object, or the beginning of the keys of several. */
  readonly key: string
}

/** Reads `s3://bucket/key`. `undefined`: it is none, as `https://…`, which the model allows too. Pure. */
export function parseS3Uri(uri: string): S3Location | undefined {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/([^]*))?$/.exec(uri) ?? []
  return bucket === undefined ? undefined : { bucket, key }
}

/** The keys that begin so, as S3 shows them now. */
export function objectsBelow(objects: ObjectStore, { bucket, key }: S3Location): readonly StoredVersion[] {
  return objects.bucket(bucket)?.list(key) ?? []
}

/**
 * Where an object of a prefix lies in the folder of a channel: `data/train/a.csv` of `data/train`, or of `data/train/`, is `a.csv`; of
 * `data/tr` it is `train/a.csv`. `undefined`: it stands for a folder. Pure.
 */
export function pathBelow(prefix: string, key: string): string | undefined {
  if (key.endsWith('/')) return undefined
  if (key === prefix) return posix.basename(key)
  const whole = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  return key.startsWith(whole) ? key.slice(whole.length) : key.slice(prefix.lastIndexOf('/') + 1)
}

/** Writes an object to a file of a folder. Throws for a path that leads out of it. */
export async function downloadObject(version: StoredVersion, folder: string, path: string): Promise<void> {
  const file = join(folder, path)
  if (!file.startsWith(`${folder}${sep}`)) throw new Error(`the object ${version.key} cannot be a file: ${path}`)
  await mkdir(dirname(file), { recursive: true })
  await pipeline(version.open(), createWriteStream(file))
}

/** Writes bytes as an object, as who uploads it without saying more. */
export async function uploadObject(bucket: Bucket, key: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const staged = await bucket.stage(bytes)
  try {
    const checksum = {
      algorithm: DEFAULT_ALGORITHM,
      value: await checksumOf(staged, DEFAULT_ALGORITHM),
      type: 'FULL_OBJECT',
    } as const
    const attributes = { headers: { 'content-type': 'binary/octet-stream' }, metadata: {}, storageClass: 'STANDARD' }
    await bucket.commit(key, [staged], metadataOf({ etag: staged.md5, checksum, attributes }))
  } catch (error) {
    await staged.discard()
    throw error
  }
}

/** Writes all files of a folder as objects below a prefix. Those that did not change since `since` are left out: path to time and size. */
export async function uploadFolder(
  folder: string,
  { bucket, prefix, since }: { readonly bucket: Bucket; readonly prefix: string; readonly since?: Map<string, string> },
): Promise<void> {
  for (const path of await filesOf(folder)) {
    const file = join(folder, path)
    const { mtimeMs, size } = await stat(file)
    const state = `${mtimeMs} ${size}`
    if (since?.get(path) === state) continue
    await uploadObject(
      bucket,
      `${prefix}${prefix === '' || prefix.endsWith('/') ? '' : '/'}${path}`,
      createReadStream(file),
    )
    since?.set(path, state)
  }
}

/** The files of a folder and those in it, by their paths in it. A folder that is not there has none. */
export async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}
