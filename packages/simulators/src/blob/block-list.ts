import { BlobError } from './blob-error.ts'

/** Where a block of a list is looked for. */
export type BlockSource = 'Committed' | 'Uncommitted' | 'Latest'

/** One line of the list that a blob is to be made of. */
export interface BlockReference {
  readonly source: BlockSource
  /** Base64. */
  readonly id: string
}

/** As many as a blob can have. */
export const MAX_BLOCKS = 50_000
/** A block's id takes less than this with its tags. */
const MAX_LINE_BYTES = 160
/** Bytes that the longest list can have. */
export const MAX_BLOCK_LIST_BYTES: number = (MAX_BLOCKS + 1) * MAX_LINE_BYTES

const LIST = /^\uFEFF?(?:<\?xml[^>]*\?>)?\s*<BlockList(?:\s*\/>|\s*>(?<lines>[\s\S]*)<\/BlockList>)\s*$/
const LINE = /\s*<(Committed|Uncommitted|Latest)>([^<&]*)<\/\1>\s*/y

/** Reads the body of Put Block List. Throws a `BlobError` for what is none, and for too many blocks. */
export function parseBlockList(body: string): readonly BlockReference[] {
  const list = LIST.exec(body)
  if (list === null) throw new BlobError('InvalidXmlDocument')
  const lines = list.groups?.['lines'] ?? ''
  const references: BlockReference[] = []
  if (lines.trim() === '') return references
  for (LINE.lastIndex = 0; LINE.lastIndex < lines.length;) {
    const line = LINE.exec(lines)
    if (line === null) throw new BlobError('InvalidXmlDocument')
    const [, source, id = ''] = line
    references.push({ source: source as BlockSource, id: id.trim() })
  }
  if (references.length > MAX_BLOCKS) throw new BlobError('BlockListTooLong')
  return references
}
