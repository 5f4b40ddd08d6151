import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface WrittenFile {
  /** Relative. */
  readonly path: string
  readonly content: Uint8Array
}

/** All files below a folder, in the order in which they were written. */
export function filesBelow(folder: string): readonly WrittenFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, at: statSync(path).mtimeMs }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ path }) => ({ path: path.slice(folder.length + 1), content: readFileSync(path) }))
}

/** Writes the files as durably as can be, and in no other way: each one whole or not at all, also after a power cut. */
export async function writeBare(files: readonly WrittenFile[], folder: string): Promise<void> {
  for (const { path, content } of files) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    const temporary = join(folder, randomUUID())
    const file = await open(temporary, 'wx')
    await file.writeFile(content)
    await file.datasync()
    await file.close()
    // JSON decides something, and is never replaced.
    if (path.endsWith('.json')) {
      await link(temporary, target)
      await rm(temporary)
    } else {
      await rename(temporary, target)
    }
    const parent = await open(dirname(target), 'r')
    await parent.sync()
    await parent.close()
  }
}
