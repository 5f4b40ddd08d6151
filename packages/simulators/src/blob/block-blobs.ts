import type { HashedBytes, StagedBytes, StoredVersion } from '../objects/object-store.ts'
import { BlobError, headerError, queryError } from './blob-error.ts'
import { answer, answerXml, contentLength, requiredHeader, target, versionHeaders, type BlobCall } from './blob-call.ts'
import { httpHeadersOf, recordOf, taggedBlob, type CommittedBlock } from './blob-record.ts'
import { MAX_BLOCK_LIST_BYTES, parseBlockList, type BlockReference } from './block-list.ts'
import { checkContent, checkMd5, crc64Of, decodeBase64, md5Of, sumsOf } from './checksums.ts'
import { checkReplace, conditionsOf } from './conditions.ts'
import type { Container } from './containers.ts'
import { stageBody } from './stage-body.ts'
import { userMetadataOf } from './user-metadata.ts'
import { element } from './xml.ts'

const MIB = 1024 * 1024
/** The limits of service version 2019-12-12 and later. */
const MAX_PUT_BYTES = 5000 * MIB
const MAX_BLOCK_BYTES = 4000 * MIB
const MAX_UNCOMMITTED = 100_000
const MAX_ID_BYTES = 64

/** Put Blob: all of a block blob at once, or an append blob without content. */
export async function putBlob(call: BlobCall): Promise<void> {
  const { exchange } = call
  const { container, name } = target(call)
  const type = requiredHeader(exchange, 'x-ms-blob-type')
  if (type === 'PageBlob') throw headerError('x-ms-blob-type', type, 'The simulator has no page blobs.')
  if (type !== 'BlockBlob' && type !== 'AppendBlob') throw headerError('x-ms-blob-type', type)
  const length = contentLength(exchange, MAX_PUT_BYTES)
  if (type === 'AppendBlob' && length > 0) throw headerError('Content-Length', `${length}`)
  const headers = httpHeadersOf(exchange, { ofBody: true })
  const [metadata, conditions] = [userMetadataOf(exchange.request), conditionsOf(exchange)]
  await stageBody(exchange, container.bucket, async (content) => {
    checkContent(exchange, content)
    const claimed = headers['Content-MD5']
    if (type === 'BlockBlob' && claimed !== undefined) checkMd5(content, claimed)
    const md5 = { 'Content-MD5': md5Of(content.md5) }
    checkReplace(call.access, conditions, taggedBlob(container.bucket.get(name)))
    const version = await container.store(name, [content], {
      type,
      createdAt: exchange.clock.now(),
      headers: type === 'BlockBlob' ? { ...headers, ...md5 } : headers,
      metadata,
      blocks: [],
      appended: 0,
    })
    container.dropBlocks(name)
    answer(exchange, 201, {
      ...versionHeaders(version),
      ...md5,
      'x-ms-content-crc64': crc64Of(content.crc64nvme),
      'x-ms-request-server-encrypted': 'true',
    })
  })
}

/** Put Block. */
export async function putBlock(call: BlobCall): Promise<void> {
  const { exchange } = call
  const { container, name } = target(call)
  const id = exchange.url.searchParams.get('blockid')
  if (id === null) {
    throw new BlobError('MissingRequiredQueryParameter', { details: { QueryParameterName: 'blockid' } })
  }
  const bytes = decodeBase64(id)?.length ?? 0
  if (bytes === 0 || bytes > MAX_ID_BYTES) throw new BlobError('InvalidBlockId')
  const length = contentLength(exchange, MAX_BLOCK_BYTES)
  if (length === 0) throw headerError('Content-Length', '0')
  checkBlock(container, name, id)
  await stageBody(exchange, container.bucket, async (content) => {
    const checksum = checkContent(exchange, content)
    // The container may be another one by now, and other blocks may have come.
    if (target(call).container !== container) throw new BlobError('ContainerNotFound')
    checkBlock(container, name, id)
    container.addBlock(name, id, content)
    answer(exchange, 201, { ...checksum, 'x-ms-request-server-encrypted': 'true' })
  })
}

/** Put Block List: makes a blob of blocks that were put, and of those it has. */
export async function putBlockList(call: BlobCall): Promise<void> {
  const { exchange } = call
  const { container, name } = target(call)
  const headers = httpHeadersOf(exchange, { ofBody: false })
  const [metadata, conditions] = [userMetadataOf(exchange.request), conditionsOf(exchange)]
  contentLength(exchange, MAX_BLOCK_LIST_BYTES)
  const body = await exchange.bytes(MAX_BLOCK_LIST_BYTES)
  const checksum = checkContent(exchange, sumsOf(body))
  const references = parseBlockList(body.toString())
  exchange.call.request = references.slice(0, 100)
  // From here to the write nothing is waited for, so that nothing else happens.
  const existing = container.bucket.get(name)
  checkReplace(call.access, conditions, taggedBlob(existing))
  if (existing !== undefined && recordOf(existing).type !== 'BlockBlob') throw new BlobError('InvalidBlobType')
  const found = new BlockFinder(existing, container.uncommitted(name))
  const blocks = references.map((reference) => ({ id: reference.id, content: found.find(reference) }))
  const version = await container.store(
    name,
    blocks.map(({ content }) => content),
    {
      type: 'BlockBlob',
      createdAt: existing === undefined ? exchange.clock.now() : recordOf(existing).createdAt,
      headers,
      metadata,
      blocks: blocks.map(({ id, content }) => ({ id, size: content.size })),
      appended: 0,
    },
  )
  container.dropBlocks(name)
  answer(exchange, 201, { ...versionHeaders(version), ...checksum, 'x-ms-request-server-encrypted': 'true' })
}

/** Get Block List. */
export async function getBlockList(call: BlobCall): Promise<void> {
  const { exchange } = call
  const { container, name } = target(call)
  const type = exchange.url.searchParams.get('blocklisttype') ?? 'committed'
  if (!['committed', 'uncommitted', 'all'].includes(type)) {
    throw queryError('blocklisttype', type, 'It is committed, uncommitted or all.')
  }
  const [existing, uncommitted] = [container.bucket.get(name), container.uncommitted(name)]
  if (existing === undefined && uncommitted.size === 0) throw new BlobError('BlobNotFound')
  if (existing !== undefined && recordOf(existing).type !== 'BlockBlob') throw new BlobError('InvalidBlobType')
  const committed = type !== 'uncommitted' && existing !== undefined ? recordOf(existing).blocks : []
  const open = type === 'committed' ? [] : [...uncommitted].map(([id, { size }]) => ({ id, size }))
  // Those without a list come by their ids.
  open.sort((left, right) => (left.id < right.id ? -1 : 1))
  const lists = [
    ...(type === 'uncommitted' ? [] : [blocksElement('CommittedBlocks', committed)]),
    ...(type === 'committed' ? [] : [blocksElement('UncommittedBlocks', open)]),
  ]
  const size = { 'x-ms-blob-content-length': existing?.size ?? 0 }
  const headers = existing === undefined ? size : { ...size, ...versionHeaders(existing) }
  answerXml(exchange, `<BlockList>${lists.join('')}</BlockList>`, headers)
}

function blocksElement(name: string, blocks: readonly CommittedBlock[]): string {
  const lines = blocks.map(({ id, size }) => `<Block>${element('Name', id)}${element('Size', size)}</Block>`)
  return `<${name}>${lines.join('')}</${name}>`
}

/** Blocks without a list have ids of one length, and are not too many. */
function checkBlock(container: Container, name: string, id: string): void {
  const existing = container.bucket.get(name)
  if (existing !== undefined && recordOf(existing).type !== 'BlockBlob') throw new BlobError('InvalidBlobType')
  const blocks = container.uncommitted(name)
  const [first] = blocks.keys()
  if (first !== undefined && first.length !== id.length) throw new BlobError('InvalidBlobOrBlock')
  if (blocks.size >= MAX_UNCOMMITTED && !blocks.has(id)) {
    const message = 'The uncommitted block count cannot exceed the maximum limit of 100,000 blocks.'
    throw new BlobError('BlockCountExceedsLimit', { message })
  }
}

/** The blocks that a list can mean. */
class BlockFinder {
  readonly #committed = new Map<string, HashedBytes>()
  readonly #uncommitted: ReadonlyMap<string, StagedBytes>

  constructor(existing: StoredVersion | undefined, uncommitted: ReadonlyMap<string, StagedBytes>) {
    this.#uncommitted = uncommitted
    if (existing === undefined) return
    const { parts } = existing
    // No block is empty: each is a part.
    for (const [index, { id }] of recordOf(existing).blocks.entries()) this.#committed.set(id, parts[index]!)
  }

  /** Throws `InvalidBlockList`. */
  find({ source, id }: BlockReference): HashedBytes {
    const uncommitted = source === 'Committed' ? undefined : this.#uncommitted.get(id)
    const found = uncommitted ?? (source === 'Uncommitted' ? undefined : this.#committed.get(id))
    if (found === undefined) throw new BlobError('InvalidBlockList')
    return found
  }
}
