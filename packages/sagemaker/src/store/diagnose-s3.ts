import { randomUUID } from 'node:crypto'

import { SidestepError, tryOut, type ArtifactStore, type ComponentFinding, type DiagnoseOptions } from '@sidestep/core'

import { nameOfError, s3Error } from './s3-error.ts'
import type { S3Connection } from './s3-client.ts'

/** As much of the store as is tried. */
export interface DiagnosedStore extends Pick<ArtifactStore, 'uri' | 'get' | 'put' | 'putIfAbsent' | 'delete'> {
  readonly config: { readonly region: string }
  readonly place: { readonly bucket: string }
}

/**
 * Whether the bucket is where the configuration says, and objects can be written, read and deleted below the prefix; and whether a
 * conditional write is one, which all promises of a run rest on. What it writes it deletes.
 */
export async function diagnoseS3(
  store: DiagnosedStore,
  connection: S3Connection,
  options: DiagnoseOptions,
): Promise<readonly ComponentFinding[]> {
  return [await diagnoseObject(store, options), await diagnoseRegion(store, connection, options)]
}

async function diagnoseObject(store: DiagnosedStore, options: DiagnoseOptions): Promise<ComponentFinding> {
  const key = `doctor/${randomUUID()}`
  const { signal } = options
  return tryOut(`writing, reading and deleting an object below ${store.uri}`, options, async () => {
    const bytes = Buffer.from(key)
    await store.put(key, bytes, { signal })
    try {
      if (await store.putIfAbsent(key, Buffer.from('another'), { signal })) {
        return {
          state: 'problem',
          found: 'a write that must not replace an object replaced it',
          hint: 'The store at this endpoint has no conditional writes (If-None-Match): two jobs could take one result. Use one that has them.',
        }
      }
      const back = await store.get(key, { signal })
      if (back === undefined || Buffer.compare(back, bytes) !== 0) {
        return { state: 'problem', found: 'an object was read with other bytes than were written', hint: MEND_STORE }
      }
    } finally {
      await store.delete(key, { signal })
    }
    return { state: 'ok', found: 'all of it works, and a conditional write replaces nothing' }
  })
}

const MEND_STORE = 'See what stands between this machine and the bucket: an object has to be read as it was written.'

async function diagnoseRegion(
  { config, place }: DiagnosedStore,
  { sdk, client }: S3Connection,
  options: DiagnoseOptions,
): Promise<ComponentFinding> {
  const { bucket } = place
  return tryOut(`asking where the bucket ${bucket} is`, options, async () => {
    const region = await client
      .send(new sdk.HeadBucketCommand({ Bucket: bucket }), { abortSignal: options.signal })
      .then(({ BucketRegion }) => BucketRegion)
      .catch((error: unknown) => regionOfRefusal(error, { bucket, region: config.region }))
    if (region === undefined) return { state: 'warning', found: 'the store at this endpoint does not say it' }
    if (region === config.region) return { state: 'ok', found: `it is in ${region}, as configured` }
    const hint = `Set \`region\` to ${region}: training jobs and their data have to be in one region.`
    return { state: 'problem', found: `it is in ${region}, and the configuration says ${config.region}`, hint }
  })
}

/** A bucket elsewhere is an error that says where. */
function regionOfRefusal(
  error: unknown,
  { bucket, region: configured }: { readonly bucket: string; readonly region: string },
): string {
  const { headers } =
    (error as { readonly $response?: { readonly headers?: Readonly<Record<string, string>> } }).$response ?? {}
  const region = headers?.['x-amz-bucket-region']
  if (region !== undefined) return region
  const name = nameOfError(error)
  if (name !== 'AccessDenied' && name !== 'NotFound') {
    const place = { verb: 'ask for the bucket', uri: bucket, bucket, region: configured, kmsKeyId: undefined }
    throw s3Error(error, place)
  }
  throw new SidestepError(`could not ask for the bucket ${bucket}: ${name}`, {
    code: 'STORE_FAILED',
    kind: 'infra',
    hint: 'Allow s3:ListBucket on the bucket, and see whether it is there.',
    cause: error,
  })
}
