import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { sha256 } from '../canonical.ts'
import type { ArtifactStore, Body, StoreCallOptions } from './artifact-store.ts'
import { measure, MeasuredStream, type StreamTotals } from './byte-stream.ts'
import { concurrently } from './concurrently.ts'
import { partKey } from './layout.ts'
import type { Materialized } from './materializer.ts'
import { persist } from './persist.ts'
import { readSteadily, unchanged } from './read-steadily.ts'
import type { StoredValue } from './stored-value.ts'
import { writeFileFrom } from './write-file.ts'

/**
 * A fixed key, which is written or replaced; or one made of the hash of the bytes, which is only written where it is not
 * there yet.
 */
export type WriteKey = string | ((sha256: string) => string)

/** Where to write. */
export interface WriteTarget extends StoreCallOptions {
  readonly store: ArtifactStore
  readonly key: WriteKey
}

type Written = Pick<StoredValue, 'key' | 'sha256' | 'size'>

const PARTS_AT_ONCE = 8

/** Writes the parts, then the body: a body that is there has all its parts. */
export async function writeMaterialized(materialized: Materialized, target: WriteTarget): Promise<Written> {
  const { key } = target
  return typeof key === 'string' ? writeAt(key, materialized, target) : writeByContent(key, materialized, target)
}

async function writeAt(key: string, { body, parts }: Materialized, target: WriteTarget): Promise<Written> {
  const { store } = target
  await writeParts(key, parts, target)
  if (body instanceof Uint8Array) {
    await store.put(key, body, callOf(target))
    return { key, ...totalsOf(body) }
  }
  const measured = new MeasuredStream(body)
  await store.put(key, measured, callOf(target))
  return { key, ...measured.totals() }
}

async function writeByContent(
  keyOf: (sha256: string) => string,
  materialized: Materialized,
  target: WriteTarget,
): Promise<Written> {
  const { body, parts, replayable = false } = materialized
  const call = callOf(target)
  if (body instanceof Uint8Array) {
    const totals = totalsOf(body)
    const key = keyOf(totals.sha256)
    await writeParts(key, parts, target)
    // Whoever writes there writes the same bytes: a doubtful answer is asked for again.
    await persist(() => target.store.putIfAbsent(key, body, call), call)
    return { key, ...totals }
  }
  if (!replayable) {
    return withCopyOnDisk(body, call, async (copy) =>
      writeByContent(keyOf, { ...materialized, body: copy, replayable: true }, target),
    )
  }
  const totals = await measure(body)
  const key = keyOf(totals.sha256)
  if ((await target.store.stat(key, call))?.size !== totals.size) {
    await writeParts(key, parts, target)
    await target.store.put(key, unchanged(body, totals.sha256, 'the file'), call)
  }
  return { key, ...totals }
}

async function writeParts(key: string, parts: Materialized['parts'] = [], target: WriteTarget): Promise<void> {
  await concurrently(parts, PARTS_AT_ONCE, async ({ name, body }) =>
    target.store.put(partKey(key, name), body, callOf(target)),
  )
}

/** A stream that can be read once is kept in a file while it is hashed, so that memory stays flat. */
async function withCopyOnDisk<T>(
  body: Exclude<Body, Uint8Array>,
  { signal }: StoreCallOptions,
  use: (copy: Body) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-stream-'))
  try {
    const path = join(folder, 'body')
    await writeFileFrom(path, body, signal === undefined ? {} : { signal })
    return await use(readSteadily(path, signal))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function totalsOf(bytes: Uint8Array): StreamTotals {
  return { sha256: sha256(bytes), size: bytes.byteLength }
}

function callOf({ signal }: StoreCallOptions): StoreCallOptions {
  return signal === undefined ? {} : { signal }
}
