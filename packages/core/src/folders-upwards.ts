import { dirname, resolve } from 'node:path'

/** A folder, the one that it is in, and so on up to the root. */
export function* foldersUpwards(start: string): Generator<string> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    yield folder
    if (folder === dirname(folder)) return
  }
}
