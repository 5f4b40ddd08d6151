import type { Stats } from 'node:fs'
import { open } from 'node:fs/promises'

import { messageOf, SidestepError } from '../errors.ts'
import { MeasuredStream } from './byte-stream.ts'
import { notStorable } from './value-error.ts'

const CHUNK_BYTES = 2 ** 20

/**
 * The bytes of a file of this machine, from its start each time it is iterated. Throws `VALUE_NOT_STORABLE` where the
 * file cannot be read, or changes while it is read: half of it would be the old one.
 */
export function readSteadily(path: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => readOnce(path, signal) }
}

async function* readOnce(path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch(rethrowFor(path))
  try {
    const before = await file.stat()
    let size = 0
    for (;;) {
      signal?.throwIfAborted()
      // A buffer of its own for every chunk: a store may still hold the last one.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK_BYTES)).catch(rethrowFor(path))
      if (bytesRead === 0) break
      size += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
    if (size !== before.size || hasChanged(before, await file.stat())) throw changedWhileRead(path)
  } finally {
    await file.close()
  }
}

/** A second reading: throws at the end where it is not what the first one gave. `name` is what the error calls it. */
export async function* unchanged(
  stream: AsyncIterable<Uint8Array>,
  sha256: string,
  name: string,
): AsyncGenerator<Uint8Array> {
  const measured = new MeasuredStream(stream)
  yield* measured
  if (measured.totals().sha256 !== sha256) throw changedWhileRead(name)
}

/** For a file that is not the same at two readings. */
function changedWhileRead(path: string): SidestepError {
  return notStorable(
    `${path} changed while it was being read`,
    'Finish writing (and close the file) before it is stored.',
  )
}

function hasChanged(before: Stats, after: Stats): boolean {
  return before.size !== after.size || before.mtimeMs !== after.mtimeMs
}

function rethrowFor(path: string): (error: unknown) => never {
  return (error) => {
    throw notStorable(
      `${path} cannot be read: ${messageOf(error)}`,
      'Check that the file exists and can be read.',
      error,
    )
  }
}
