import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** How a file is written. */
export interface WriteFileOptions {
  readonly executable?: boolean
  readonly signal?: AbortSignal
}

/**
 * Writes a stream to a path, making folders as needed. The file appears, or is replaced, when the stream has ended
 * well: a stream that fails leaves nothing new.
 */
export async function writeFileFrom(
  path: string,
  stream: AsyncIterable<Uint8Array>,
  { executable = false, signal }: WriteFileOptions = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const partial = `${path}.${randomUUID()}.partial`
  try {
    // Opened before the stream is touched: were it opened by the write stream, a source that fails at once would be
    // over while the file is still being made, and the clean-up below would come too early.
    const file = await open(partial, 'wx', executable ? 0o777 : 0o666)
    await pipeline(stream, file.createWriteStream(), signal === undefined ? {} : { signal })
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    signal?.throwIfAborted()
    throw error
  }
}
