import { measure } from '../byte-stream.ts'
import { concurrently } from '../concurrently.ts'
import { decodeFolderIndex, encodeFolderIndex, type FolderEntry } from '../folder-index.ts'
import { createFolder, folderInternals, isFolder, type Folder, type FolderFile } from '../folder.ts'
import type { LoadContext, Materialized, Materializer, SaveContext, ValueReader } from '../materializer.ts'
import { unchanged } from '../read-steadily.ts'

const FILES_AT_ONCE = 4

/**
 * A folder: an index of its files as the body, and each file as a part. Every file is read twice, first for the index
 * and then for the store, so a file that changes meanwhile is noticed.
 */
export const folder: Materializer<Folder> = {
  name: 'folder',

  accepts(value: unknown): value is Folder {
    return isFolder(value)
  },

  async save(value: Folder, { signal }: SaveContext): Promise<Materialized> {
    const files = await concurrently(folderInternals(value).files(), FILES_AT_ONCE, async (file) => ({
      entry: await entryOf(file, signal),
      file,
    }))
    return {
      body: encodeFolderIndex(files.map(({ entry }) => entry)),
      parts: files.map(({ entry, file }) => ({
        name: entry.path,
        body: unchanged(file.open(signal), entry.sha256, entry.path),
      })),
    }
  },

  async load(read: ValueReader, _meta: unknown, { stored, storeUri }: LoadContext): Promise<Folder> {
    const entries = decodeFolderIndex(await read.bytes(), `${storeUri}/${stored.key}`)
    const files = entries.map((entry) => ({
      ...entry,
      executable: entry.executable === true,
      open: (signal?: AbortSignal) => read.part(entry.path, entry, signal),
    }))
    return createFolder({ origin: { stored, storeUri }, files: () => files })
  },
}

async function entryOf(
  { path, executable, sha256, size, open }: FolderFile,
  signal?: AbortSignal,
): Promise<FolderEntry> {
  const content = sha256 === undefined ? await measure(open(signal)) : { sha256, size }
  return executable ? { path, ...content, executable } : { path, ...content }
}
