import { posix } from 'node:path'

import type { FolderOwner } from '../layer/layer.ts'
import type { ProgramFacts } from './program-facts.ts'
import { wayThroughLinks } from './way-through-links.ts'

/** What is known of a path of an image. */
export type TreeEntry =
  | { readonly type: 'file'; readonly executable: boolean; readonly program?: ProgramFacts }
  | { readonly type: 'symlink'; readonly target: string }
  | ({ readonly type: 'folder' } & FolderOwner)

/** What a layer deletes of those below it. */
export interface Whiteouts {
  /** Gone, with what is below them. */
  readonly paths: ReadonlySet<string>
  /** Folders of which what is in them is gone; the root is `''`. */
  readonly contents: ReadonlySet<string>
}

/** The folders, links and files that matter of an image's layers, put on one another. Paths are relative to the root. */
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

  /** Everything, in no order. */
  all(): Iterable<readonly [path: string, entry: TreeEntry]> {
    return this.#entries
  }

  /** Deletes what a layer hides. In one go: a layer may hide thousands of paths, of a hundred thousand. */
  hide({ paths, contents }: Whiteouts): void {
    if (paths.size + contents.size === 0) return
    for (const path of this.#entries.keys()) {
      if (paths.has(path) || contents.has('') || some(parents(path), (it) => paths.has(it) || contents.has(it))) {
        this.#entries.delete(path)
      }
    }
  }

  /** Whether a link stands in a part of a path before its last: then nobody gets at what a lower layer had there. */
  isBelowLink(path: string): boolean {
    return some(parents(path), (it) => this.#entries.get(it)?.type === 'symlink')
  }

  /** The path and the thing that a path leads to, through links in any part of it. */
  find(path: string): { readonly path: string; readonly entry: TreeEntry } | undefined {
    const way = wayThroughLinks(path, (it) => {
      const entry = this.#entries.get(it)
      return entry?.type === 'symlink' ? entry.target : undefined
    })
    const entry = way === undefined ? undefined : this.#entries.get(way.path)
    return way === undefined || entry === undefined ? undefined : { path: way.path, entry }
  }

  /** Every file and link whose last part matches, with what is there. */
  *named(pattern: RegExp): Generator<readonly [path: string, entry: Exclude<TreeEntry, { readonly type: 'folder' }>]> {
    for (const [path, entry] of this.#entries) {
      if (entry.type !== 'folder' && pattern.test(posix.basename(path))) yield [path, entry]
    }
  }
}

/** The folders that a path lies in, the nearest one first, without the root. */
function* parents(path: string): Generator<string, void, void> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) yield path.slice(0, end)
}

function some(paths: Iterable<string>, is: (path: string) => boolean): boolean {
  for (const path of paths) if (is(path)) return true
  return false
}
