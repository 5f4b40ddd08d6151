import { createFile, fileInternals, isStoredFile, type StoredFile } from '../file.ts'
import type { LoadContext, Materialized, Materializer, SaveContext, ValueReader } from '../materializer.ts'

interface FileMeta {
  readonly name: string
  readonly executable?: true
}

/** A file: its bytes, its name, and whether it is executable. */
export const file: Materializer<StoredFile> = {
  name: 'file',

  accepts(value: unknown): value is StoredFile {
    return isStoredFile(value)
  },

  async save(value: StoredFile, { signal }: SaveContext): Promise<Materialized> {
    const { name, executable, open } = fileInternals(value)
    const meta: FileMeta = executable ? { name, executable } : { name }
    return { body: open(signal), replayable: true, meta }
  },

  async load(read: ValueReader, meta: unknown, { stored, storeUri }: LoadContext): Promise<StoredFile> {
    const { name, executable = false } = meta as FileMeta
    return createFile({
      name,
      size: stored.size,
      executable,
      origin: { stored, storeUri },
      open: (signal) => read.stream(signal),
    })
  },
}
