import { posix } from 'node:path'

import { baseFolders, type BaseFolders } from './base-folders.ts'
import type { FileTree } from './file-tree.ts'

/** What can run in an image, as its files say it. */
export interface BaseFacts {
  /** `none`: neither is there, as in images of one static program. */
  readonly libc: 'glibc' | 'musl' | 'none'
  /** The 28 of glibc 2.28. 34 stands for itself and for all later ones, whose files do not say. */
  readonly glibcMinor?: number
  /** The 24 of libstdc++.so.6.0.24. */
  readonly libstdcxx?: number
  /** Whether there is a libgcc_s.so.1. */
  readonly libgcc: boolean
  /** What `node` means there. */
  readonly node?: {
    /** Absolute. */
    readonly path: string
    /** ELF's number of the processor; absent: it is a script. */
    readonly machine?: number
    /** `24.21.0`; absent: the file does not say. */
    readonly version?: string
  }
  /** Folders that are not root's with mode 0755, and links in the place of folders. */
  readonly folders: BaseFolders
}

/** Of an image without a `PATH` of its own: what engines give it. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** Where programs of the system look for libraries: what Conda or Nix bring along is for their own. */
const SYSTEM_FOLDER = /^(?:usr\/)?lib/u
/** The first glibc whose library is a file of the name that programs look for. */
const UNNAMED_GLIBC = 34

/** Judges the files of an image. `path` is its `PATH`. Pure. */
export function baseFacts(tree: FileTree, path: string = DEFAULT_PATH): BaseFacts {
  const libc = first(tree, /^libc\.so\.6$/u)
  const musl = first(tree, /^ld-musl-.+\.so\.1$/u)
  const glibcMinor = libc === undefined ? undefined : glibcOf(libc)
  const libstdcxx = newestLibstdcxx(tree)
  const node = nodeOf(tree, path)
  return {
    libc: libc !== undefined ? 'glibc' : musl !== undefined ? 'musl' : 'none',
    libgcc: first(tree, /^libgcc_s\.so\.1$/u) !== undefined,
    ...(glibcMinor === undefined ? {} : { glibcMinor }),
    ...(libstdcxx === undefined ? {} : { libstdcxx }),
    ...(node === undefined ? {} : { node }),
    folders: baseFolders(tree),
  }
}

interface FoundFile {
  readonly target?: string
}

function first(tree: FileTree, pattern: RegExp): FoundFile | undefined {
  for (const [path, entry] of tree.named(pattern))
    if (SYSTEM_FOLDER.test(path)) return entry.type === 'symlink' ? { target: entry.target } : {}
  return undefined
}

function glibcOf({ target }: FoundFile): number {
  // Until 2.33 it was a link: libc-2.31.so.
  const minor = /libc-2\.(\d+)\.so$/u.exec(target ?? '')?.[1]
  return minor === undefined ? UNNAMED_GLIBC : Number(minor)
}

function newestLibstdcxx(tree: FileTree): number | undefined {
  const numbers = [...tree.named(/^libstdc\+\+\.so\.6/u)].flatMap(([path, entry]) => {
    if (!SYSTEM_FOLDER.test(path)) return []
    const name = entry.type === 'symlink' ? entry.target : path
    const number = /libstdc\+\+\.so\.6\.0\.(\d+)$/u.exec(posix.basename(name))?.[1]
    return number === undefined ? [] : [Number(number)]
  })
  return numbers.length === 0 ? undefined : Math.max(...numbers)
}

function nodeOf(tree: FileTree, path: string): BaseFacts['node'] {
  for (const folder of path.split(':')) {
    const found = folder.startsWith('/') ? tree.find(`${folder}/node`) : undefined
    if (found?.entry.type !== 'file' || !found.entry.executable) continue
    const { machine, nodeVersion } = found.entry.program ?? {}
    return {
      path: `/${found.path}`,
      ...(machine === undefined ? {} : { machine }),
      ...(nodeVersion === undefined ? {} : { version: nodeVersion }),
    }
  }
  return undefined
}
