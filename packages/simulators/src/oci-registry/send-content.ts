import { DistributionError } from './distribution-error.ts'
import type { Exchange } from './exchange.ts'
import type { Digest } from './names.ts'
import type { StoredContent } from './stored-content.ts'

/** All of it, or the range that was asked for. */
export async function sendContent(
  exchange: Exchange,
  digest: Digest,
  saidDigest: Digest,
  content: StoredContent,
): Promise<void> {
  const { range } = exchange.request.headers
  const part = range === undefined ? undefined : parseRange(range, content.size)
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': saidDigest,
    'Accept-Ranges': 'bytes',
    ETag: `"${digest}"`,
  }
  if (part === undefined) {
    const length = { 'Content-Length': content.size }
    await exchange.stream(200, { ...headers, ...length }, () => content.read(0, content.size - 1))
    return
  }
  const { start, end } = part
  const partHeaders = { 'Content-Length': end - start + 1, 'Content-Range': `bytes ${start}-${end}/${content.size}` }
  await exchange.stream(206, { ...headers, ...partHeaders }, () => content.read(start, end))
}

/** One range of bytes; `undefined` for what HTTP lets a server ignore. Throws 416 for what is not there. */
function parseRange(range: string, size: number): { readonly start: number; readonly end: number } | undefined {
  // Another unit, several ranges, or none: RFC 9110 has all of the content for these, too.
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (from === '' && to === '') return undefined
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined
  const last = size - 1
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? last : Math.min(Number(to), last)
  const isNothing = (from === '' && Number(to) === 0) || start > end
  if (!isNothing) return { start, end }
  throw new DistributionError(416, 'RANGE_INVALID', `${range} of ${size} bytes`, { 'Content-Range': `bytes */${size}` })
}
