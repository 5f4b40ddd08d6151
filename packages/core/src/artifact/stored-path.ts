import { readFile } from 'node:fs/promises'

import { messageOf } from '../errors.ts'
import type { ArtifactStore, StoreCallOptions } from './artifact-store.ts'
import { STRUCTURE } from './content-digest.ts'
import { fileAt, fileInternals, isStoredFile } from './file.ts'
import { folderAt, isFolder } from './folder.ts'
import { loadValue } from './load-value.ts'
import { readSteadily } from './read-steadily.ts'
import { saveValue } from './save-value.ts'
import type { StoredValue } from './stored-value.ts'
import { notStorable } from './value-error.ts'
import { readVerified } from './verified-read.ts'
import { writeFileFrom } from './write-file.ts'
import { writeMaterialized } from './write-materialized.ts'

/**
 * Puts a stored value on the disk for a command: a folder as a folder, everything else as a file with the bytes as they
 * are stored. They are verified on the way. Rejects with `VALUE_NOT_STORABLE` for a value with other stored values
 * inside, which has no form as one file.
 */
export async function writeStoredValue(
  stored: StoredValue,
  store: ArtifactStore,
  path: string,
  options: StoreCallOptions = {},
): Promise<void> {
  if (stored.materializer === STRUCTURE) {
    throw notStorable(
      `${store.uri}/${stored.key} holds several stored values and cannot be one file for a command`,
      'Let the step before return them as values of their own, or put its files into one folder: folderAt(path).',
    )
  }
  const lazy = stored.materializer === 'file' || stored.materializer === 'folder'
  const value = lazy ? await loadValue(stored, { store, ...options }) : undefined
  if (isFolder(value)) return value.writeTo(path, options)
  const executable = isStoredFile(value) && fileInternals(value).executable
  await writeFileFrom(path, readVerified(store, stored, options.signal), { executable, ...options })
}

/**
 * What a path is stored as, and comes back as: a file by its name, a folder, its bytes alone, or what its JSON says.
 */
export type PathKind = 'file' | 'folder' | 'bytes' | 'json'

/**
 * Stores a file or folder that a command left, with flat memory (except for `json`, which is checked). Rejects with
 * `VALUE_NOT_STORABLE` where it is not there, or is not what `kind` says.
 */
export async function storePath(
  path: string,
  key: string,
  store: ArtifactStore,
  kind: PathKind,
  options: StoreCallOptions = {},
): Promise<StoredValue> {
  switch (kind) {
    case 'file':
      return saveValue(fileAt(path), { store, key, ...options })
    case 'folder':
      return saveValue(folderAt(path), { store, key, ...options })
    case 'bytes': {
      const body = readSteadily(path, options.signal)
      return { ...(await writeMaterialized({ body }, { store, key, ...options })), materializer: 'bytes' }
    }
    case 'json': {
      const body = await readJson(path, options)
      return { ...(await writeMaterialized({ body }, { store, key, ...options })), materializer: 'json' }
    }
  }
}

async function readJson(path: string, options: StoreCallOptions): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path, options)
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return bytes
  } catch (error) {
    options.signal?.throwIfAborted()
    throw notStorable(
      `${path} is not JSON that can be read: ${messageOf(error)}`,
      'Its name ends in .json, so it is read back as JSON. NaN and Infinity are not JSON: write null instead.',
      error,
    )
  }
}
