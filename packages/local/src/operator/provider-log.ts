import { open } from 'node:fs/promises'

import type { ProviderLogPage } from '@sidestep/core'
import { codeOf } from '@sidestep/core/files'

import type { JobFolder } from '../job/job-folder.ts'

const PAGE_SIZE = 64 * 1024
const LINE_END = 0x0a

/**
 * A page of the job's log from a cursor on: a number of bytes from the beginning. Where the beginning was dropped, the
 * oldest line that is there is next. A line that is not complete waits, unless the job has ended.
 */
export async function readProviderLog(
  folder: JobFolder,
  cursor: string | undefined,
  { ended, pageSize = PAGE_SIZE }: { readonly ended: boolean; readonly pageSize?: number },
): Promise<ProviderLogPage> {
  const { begin, bytes } = await readFrom(folder, Number(cursor ?? 0), pageSize)
  const full = bytes.length === pageSize
  const lineEnd = bytes.lastIndexOf(LINE_END)
  // A line longer than a page is given out in pieces.
  const take = lineEnd >= 0 && !(ended && !full) ? lineEnd + 1 : full || ended ? bytes.length : 0
  const text = bytes.subarray(0, take).toString('utf8')
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  return { lines, cursor: String(begin + take), more: full && take > 0 }
}

/** Up to so many bytes from a place on, across the files of the log. */
async function readFrom(
  folder: JobFolder,
  wanted: number,
  size: number,
): Promise<{ readonly begin: number; readonly bytes: Buffer }> {
  const offsets = await folder.providerLogOffsets()
  const begin = Math.max(wanted, offsets[0] ?? 0)
  const buffer = Buffer.alloc(size)
  let filled = 0
  for (const [index, offset] of offsets.entries()) {
    const end = offsets[index + 1] ?? Infinity
    if (end <= begin + filled) continue
    filled += await readInto(buffer.subarray(filled), folder.providerLog(offset), begin + filled - offset)
    if (filled === size) break
  }
  return { begin, bytes: buffer.subarray(0, filled) }
}

async function readInto(buffer: Buffer, path: string, position: number): Promise<number> {
  try {
    await using file = await open(path, 'r')
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    return bytesRead
  } catch (error) {
    // Dropped since the folder was listed: the next page begins later.
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}
