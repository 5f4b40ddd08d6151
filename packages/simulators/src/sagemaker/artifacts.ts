import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

import { packTar, type TarSource } from 'modern-tar/fs'

import type { ObjectStore } from '../objects/object-store.ts'
import { filesOf, parseS3Uri, uploadObject } from './s3-files.ts'
import { outputUriOf, type TrainingJobRequest } from './training-job.ts'

/** What of `/opt/ml` goes to `OutputDataConfig.S3OutputPath`, and as what. */
const OUTPUTS = [
  { path: 'model', archive: 'model.tar.gz', folder: 'model' },
  { path: join('output', 'data'), archive: 'output.tar.gz', folder: 'data' },
] as const

/** Uploads what the machines of a job left: all of theirs in one archive, or file by file. What is empty is left out. */
export async function uploadArtifacts(
  folders: readonly string[],
  request: TrainingJobRequest,
  objects: ObjectStore,
): Promise<void> {
  for (const { path, archive, folder } of OUTPUTS) {
    const files = await mergedFiles(folders.map((one) => join(one, path)))
    if (files.length === 0) continue
    if (request.OutputDataConfig.CompressionType === 'NONE') {
      for (const { source, target } of files) {
        await upload(objects, outputUriOf(request, `${folder}/${target}`), createReadStream(source))
      }
    } else {
      const tar = packTar(files)
      const zipped = createGzip()
      const packed = pipeline(tar, zipped)
      await Promise.all([packed, upload(objects, outputUriOf(request, archive), zipped)])
    }
  }
}

/** Where several machines left a file of one name, that of the first counts. */
async function mergedFiles(folders: readonly string[]): Promise<readonly (TarSource & { readonly type: 'file' })[]> {
  const files = new Map<string, TarSource & { readonly type: 'file' }>()
  for (const folder of folders) {
    for (const target of await filesOf(folder)) {
      if (!files.has(target)) files.set(target, { type: 'file', source: join(folder, target), target })
    }
  }
  return [...files.values()]
}

async function upload(objects: ObjectStore, uri: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const location = parseS3Uri(uri)
  const bucket = location === undefined ? undefined : objects.bucket(location.bucket)
  if (location === undefined || bucket === undefined) throw new Error(`there is no bucket for ${uri}`)
  await uploadObject(bucket, location.key, bytes)
}
