import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

import { loadValue } from '../../src/artifact/load-value.ts'
import { saveValue } from '../../src/artifact/save-value.ts'
import type { StoredValue } from '../../src/artifact/stored-value.ts'
import { SidestepError } from '../../src/errors.ts'
import { FolderStore } from './folder-store.ts'

/** A store that is removed after the test. */
export async function testStore(): Promise<FolderStore> {
  const store = await FolderStore.temporary()
  onTestFinished(async () => store[Symbol.asyncDispose]())
  return store
}

/** A folder that is removed after the test. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-test-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** Stores a value under a key of its own, as a step's output. */
export async function save(value: unknown, store: FolderStore): Promise<StoredValue> {
  return saveValue(value, { store, key: `outputs/${randomUUID()}` })
}

export async function roundTrip(value: unknown, store: FolderStore): Promise<unknown> {
  // The record travels as JSON, in the manifest and in the spec.
  const stored = JSON.parse(JSON.stringify(await save(value, store))) as StoredValue
  return loadValue(stored, { store })
}

/** The Sidestep error that a promise rejects with; anything else fails the test. */
export async function errorOf(promise: Promise<unknown>): Promise<SidestepError> {
  const outcome = await promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )
  if (SidestepError.isInstance(outcome)) return outcome
  throw new Error('expected a SidestepError', { cause: outcome })
}

/** The Sidestep error that a function throws. */
export function thrownBy(run: () => unknown): SidestepError {
  try {
    run()
  } catch (error) {
    if (SidestepError.isInstance(error)) return error
    throw error
  }
  throw new Error('it did not throw')
}

export async function bytesFrom(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
