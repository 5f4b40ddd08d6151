import { posix } from 'node:path'
import { Readable } from 'node:stream'

import { createTarDecoder, type ParsedTarEntry } from 'modern-tar'

import { isPlainFolder, PLAIN_FOLDER } from '../layer/layer.ts'
import type { FileTree, TreeEntry } from './file-tree.ts'
import { programFacts } from './program-facts.ts'

/** Names of files that say what can run in an image. */
const PROGRAM = /^(?:node|nodejs)$/u
const LIBRARY =
  /^(?:ld-musl-.+\.so\.1|ld-linux.*\.so\.\d|libc\.so\.6|libc-2\.\d+\.so|libstdc\+\+\.so\.6[.\d]*|libgcc_s\.so\.1)$/u
const PLAIN: TreeEntry & { readonly type: 'folder' } = { type: 'folder', ...PLAIN_FOLDER }
const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'

/**
 * Puts a layer's archive on what the layers below it have. Rejects where it is no archive, and with the stream's errors;
 * then the tree is as it was.
 */
export async function readLayer(archive: Readable, tree: FileTree): Promise<void> {
  const entries = (Readable.toWeb(archive) as ReadableStream<Uint8Array>).pipeThrough(createTarDecoder())
  const hidden = { paths: new Set<string>(), contents: new Set<string>() }
  const added = new Map<string, TreeEntry | undefined>()
  for await (const entry of entries as unknown as AsyncIterable<ParsedTarEntry>) {
    const path = posix.normalize(`/${entry.header.name}`).replaceAll(/^\/+|\/+$/gu, '')
    const name = posix.basename(path)
    if (name.startsWith(WHITEOUT)) {
      const folder = parent(path)
      if (name === OPAQUE) hidden.contents.add(folder)
      else hidden.paths.add(posix.join(folder, name.slice(WHITEOUT.length)))
    } else if (path !== '') added.set(path, await entryOf(entry, name, (other) => added.get(other) ?? tree.get(other)))
    // One that was read is at its end already.
    if (!entry.body.locked) await entry.body.cancel()
  }
  // Whiteouts hide what the layers below have, wherever they stand in this one.
  tree.hide(hidden)
  for (const [path, entry] of added) {
    tree.set(path, entry)
    addParents(tree, path)
  }
}

async function entryOf(
  { header, body }: ParsedTarEntry,
  name: string,
  find: (path: string) => TreeEntry | undefined,
): Promise<TreeEntry | undefined> {
  const { type = 'file', mode = type === 'directory' ? PLAIN_FOLDER.mode : 0o644, linkname = '' } = header
  if (type === 'symlink') return { type, target: linkname }
  if (type === 'link') return find(posix.normalize(`/${linkname}`).slice(1))
  if (type === 'directory') {
    // Most of a hundred thousand are alike.
    const owner = { mode: mode & 0o7777, uid: header.uid ?? 0, gid: header.gid ?? 0 }
    return isPlainFolder(owner) ? PLAIN : { type: 'folder', ...owner }
  }
  if (type !== 'file') return undefined
  const executable = (mode & 0o111) !== 0
  if (PROGRAM.test(name) && executable) {
    return { type, executable, program: await programFacts(body as unknown as AsyncIterable<Uint8Array>) }
  }
  return LIBRARY.test(name) ? { type, executable } : undefined
}

/** Folders that an archive does not name are there nevertheless. */
function addParents(tree: FileTree, path: string): void {
  for (let folder = parent(path); folder !== '' && tree.get(folder) === undefined; folder = parent(folder)) {
    tree.set(folder, PLAIN)
  }
}

function parent(path: string): string {
  const folder = posix.dirname(path)
  return folder === '.' ? '' : folder
}
