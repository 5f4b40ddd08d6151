import { posix } from 'node:path'
import { Readable } from 'node:stream'

import { createTarDecoder, type ParsedTarEntry } from 'modern-tar'

import { programFacts } from './program-facts.ts'
import type { FileTree, TreeEntry } from './file-tree.ts'

/** Names of files that say what can run in an image. */
const PROGRAM = /^(?:node|nodejs)$/u
const LIBRARY =
  /^(?:ld-musl-.+\.so\.1|ld-linux.*\.so\.\d|libc\.so\.6|libc-2\.\d+\.so|libstdc\+\+\.so\.6[.\d]*|libgcc_s\.so\.1)$/u
const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'

/**
 * Puts a layer's archive on what the layers below it have. Rejects where it is no archive, and with the stream's errors;
 * then the tree is as it was.
 */
export async function readLayer(archive: Readable, tree: FileTree): Promise<void> {
  const entries = (Readable.toWeb(archive) as ReadableStream<Uint8Array>).pipeThrough(createTarDecoder())
  const hidden: (() => void)[] = []
  const added = new Map<string, TreeEntry | undefined>()
  for await (const entry of entries as unknown as AsyncIterable<ParsedTarEntry>) {
    const path = posix.normalize(`/${entry.header.name}`).replaceAll(/^\/+|\/+$/gu, '')
    const name = posix.basename(path)
    if (name.startsWith(WHITEOUT)) {
      const folder = parent(path)
      if (name === OPAQUE) hidden.push(() => tree.removeBelow(folder))
      else hidden.push(() => tree.remove(posix.join(folder, name.slice(WHITEOUT.length))))
    } else if (path !== '') added.set(path, await entryOf(entry, name, (other) => added.get(other) ?? tree.get(other)))
    // One that was read is at its end already.
    if (!entry.body.locked) await entry.body.cancel()
  }
  // Whiteouts hide what the layers below have, wherever they stand in this one.
  for (const hide of hidden) hide()
  for (const [path, entry] of added) tree.set(path, entry)
}

async function entryOf(
  { header, body }: ParsedTarEntry,
  name: string,
  find: (path: string) => TreeEntry | undefined,
): Promise<TreeEntry | undefined> {
  const { type = 'file', mode = 0o644, linkname = '' } = header
  if (type === 'symlink') return { type, target: linkname }
  if (type === 'link') return find(posix.normalize(`/${linkname}`).slice(1))
  if (type !== 'file') return undefined
  const executable = (mode & 0o111) !== 0
  if (PROGRAM.test(name) && executable) {
    return { type, executable, program: await programFacts(body as unknown as AsyncIterable<Uint8Array>) }
  }
  return LIBRARY.test(name) ? { type, executable } : undefined
}

function parent(path: string): string {
  const folder = posix.dirname(path)
  return folder === '.' ? '' : folder
}
