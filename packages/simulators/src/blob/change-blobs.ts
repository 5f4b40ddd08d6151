import type { StoredVersion } from '../objects/object-store.ts'
import { answer, target, versionHeaders, type BlobCall } from './blob-call.ts'
import { httpHeadersOf, recordOf, taggedBlob, type BlobRecord } from './blob-record.ts'
import { checkWrite, conditionsOf } from './conditions.ts'
import { userMetadataOf } from './user-metadata.ts'

/** Set Blob Metadata: instead of all that was there. */
export async function setBlobMetadata(call: BlobCall): Promise<void> {
  const version = await change(call, { metadata: userMetadataOf(call.exchange.request) })
  answer(call.exchange, 200, { ...versionHeaders(version), 'x-ms-request-server-encrypted': 'true' })
}

/** Set Blob Properties: the headers kept with it, instead of all that were there. */
export async function setBlobProperties(call: BlobCall): Promise<void> {
  const version = await change(call, { headers: httpHeadersOf(call.exchange, { ofBody: false }) })
  answer(call.exchange, 200, versionHeaders(version))
}

/** Delete Blob. */
export async function deleteBlob(call: BlobCall): Promise<void> {
  const { container, name } = target(call)
  const blob = container.blob(name)
  checkWrite(conditionsOf(call.exchange), taggedBlob(blob), false)
  container.bucket.delete(name)
  answer(call.exchange, 202, { 'x-ms-delete-type-permanent': 'true' })
}

async function change(call: BlobCall, changes: Partial<BlobRecord>): Promise<StoredVersion> {
  const { container, name } = target(call)
  const blob = container.blob(name)
  checkWrite(conditionsOf(call.exchange), taggedBlob(blob), false)
  return container.store(name, [blob], { ...recordOf(blob), ...changes })
}
