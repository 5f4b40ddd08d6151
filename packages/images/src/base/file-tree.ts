import { posix } from 'node:path'

import type { ProgramFacts } from './program-facts.ts'

/** What is known of a path of an image. Folders are not listed. */
export type TreeEntry =
  | { readonly type: 'file'; readonly executable: boolean; readonly program?: ProgramFacts }
  | { readonly type: 'symlink'; readonly target: string }

/** As the kernel has it. */
const MOST_LINKS = 40

/** The files that matter of an image's layers, put on one another. Paths are relative to the root. */
export class FileTree {
  readonly #entries = new Map<string, TreeEntry>()

  /** A layer has something at a path; `undefined` is something that does not matter, in the place of what was there. */
  set(path: string, entry: TreeEntry | undefined): void {
    if (entry === undefined) this.#entries.delete(path)
    else this.#entries.set(path, entry)
  }

  /** What is at a path itself: links are not followed. */
  get(path: string): TreeEntry | undefined {
    return this.#entries.get(path)
  }

  /** A layer deletes a path, and what is below it. */
  remove(path: string): void {
    this.#entries.delete(path)
    this.removeBelow(path)
  }

  /** A layer hides what the ones below it have in a folder. */
  removeBelow(folder: string): void {
    for (const path of this.#entries.keys())
      if (folder === '' || path.startsWith(`${folder}/`)) this.#entries.delete(path)
  }

  /** The path and the file that a path leads to, through links in any part of it. */
  resolve(path: string): { readonly path: string; readonly file: TreeEntry & { type: 'file' } } | undefined {
    let left = names(path)
    let done: string[] = []
    for (let links = 0; left.length > 0;) {
      const [name = '', ...rest] = left
      left = rest
      if (name === '..') {
        done = done.slice(0, -1)
        continue
      }
      const entry = this.#entries.get([...done, name].join('/'))
      if (entry?.type !== 'symlink') {
        done = [...done, name]
        continue
      }
      links += 1
      if (links > MOST_LINKS) return undefined
      if (entry.target.startsWith('/')) done = []
      left = [...names(entry.target), ...left]
    }
    const found = this.#entries.get(done.join('/'))
    return found?.type === 'file' ? { path: done.join('/'), file: found } : undefined
  }

  /** Every path whose last part matches, with what is there. */
  *named(pattern: RegExp): Generator<readonly [path: string, entry: TreeEntry]> {
    for (const [path, entry] of this.#entries) if (pattern.test(posix.basename(path))) yield [path, entry]
  }
}

function names(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}
