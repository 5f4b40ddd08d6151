import { createHash } from 'node:crypto'

import { SidestepError } from '../errors.ts'
import { formatBytes } from '../units.ts'
import type { ArtifactStore } from './artifact-store.ts'

/** An object and what its bytes must be. */
export interface ExpectedObject {
  readonly key: string
  /** Lower-case hex. */
  readonly sha256: string
  /** In bytes. */
  readonly size: number
}

/**
 * The bytes of an object, as they arrive. Throws `ARTIFACT_MISSING` where there is no object, and `ARTIFACT_CORRUPT`
 * after the last chunk (or at the first byte too many) where they are not the ones that were written.
 */
export async function* readVerified(
  store: ArtifactStore,
  expected: ExpectedObject,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const uri = `${store.uri}/${expected.key}`
  const stream = await store.read(expected.key, signal === undefined ? {} : { signal })
  if (stream === undefined) throw missing(uri)
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of stream) {
    signal?.throwIfAborted()
    hash.update(chunk)
    size += chunk.byteLength
    if (size > expected.size) throw corrupt(uri, `has more than ${formatBytes(expected.size)}`, expected.sha256)
    yield chunk
  }
  const found = hash.digest('hex')
  if (found !== expected.sha256)
    throw corrupt(uri, `has ${formatBytes(size)} with the sha256 ${found}`, expected.sha256)
}

function missing(uri: string): SidestepError {
  return new SidestepError(`${uri} does not exist any more`, {
    code: 'ARTIFACT_MISSING',
    kind: 'infra',
    hint: 'It was deleted from the artifact store. Start a new run, which computes it again.',
  })
}

function corrupt(uri: string, found: string, expected: string): SidestepError {
  return new SidestepError(`${uri} is damaged: it ${found}, but what was written had the sha256 ${expected}`, {
    code: 'ARTIFACT_CORRUPT',
    kind: 'infra',
    hint: 'Its bytes were changed or cut after they were written. Start a new run, which computes it again.',
  })
}
