import { BlobError, headerError } from './blob-error.ts'
import { answer, contentLength, target, versionHeaders, type BlobCall } from './blob-call.ts'
import { recordOf, taggedBlob } from './blob-record.ts'
import { MAX_BLOCKS } from './block-list.ts'
import { checkContent } from './checksums.ts'
import { checkWrite, conditionsOf } from './conditions.ts'
import { stageBody } from './stage-body.ts'

/** The limit of service version 2022-11-02 and later. */
const MAX_APPEND_BYTES = 100 * 1024 * 1024

/** Append Block: at the end of an append blob. */
export async function appendBlock(call: BlobCall): Promise<void> {
  const { exchange } = call
  const { container, name } = target(call)
  const position = numberHeader(call, 'x-ms-blob-condition-appendpos')
  const maxSize = numberHeader(call, 'x-ms-blob-condition-maxsize')
  const conditions = conditionsOf(exchange)
  const length = contentLength(exchange, MAX_APPEND_BYTES)
  if (length === 0) throw headerError('Content-Length', '0')
  await stageBody(exchange, container.bucket, async (content) => {
    const checksum = checkContent(exchange, content)
    // From here to the write nothing is waited for, so that nothing else happens.
    const existing = container.blob(name)
    const record = recordOf(existing)
    if (record.type !== 'AppendBlob') throw new BlobError('InvalidBlobType')
    checkWrite(conditions, taggedBlob(existing), false)
    if (position !== undefined && position !== existing.size) throw new BlobError('AppendPositionConditionNotMet')
    if (maxSize !== undefined && existing.size + content.size > maxSize) {
      throw new BlobError('MaxBlobSizeConditionNotMet')
    }
    if (record.appended >= MAX_BLOCKS) throw new BlobError('BlockCountExceedsLimit')
    const appended = record.appended + 1
    const version = await container.store(name, [existing, content], { ...record, appended })
    answer(exchange, 201, {
      ...versionHeaders(version),
      ...checksum,
      'x-ms-blob-append-offset': existing.size,
      'x-ms-blob-committed-block-count': appended,
      'x-ms-request-server-encrypted': 'true',
    })
  })
}

function numberHeader({ exchange }: BlobCall, name: string): number | undefined {
  const value = exchange.header(name)
  if (value !== undefined && !/^\d{1,15}$/.test(value)) throw headerError(name, value)
  return value === undefined ? undefined : Number(value)
}
