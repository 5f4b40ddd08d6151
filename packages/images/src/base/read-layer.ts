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

/** Puts a layer's archive on what the layers below it have. Rejects where it is no archive, and with the stream's errors. */
export async function readLayer(archive: Readable, tree: FileTree): Promise<void> {
  const entries = (Readable.toWeb(archive) as ReadableStream<Uint8Array>).pipeThrough(createTarDecoder())
  for await (const entry of entries as unknown as AsyncIterable<ParsedTarEntry>) {
    const path = posix.normalize(`/${entry.header.name}`).replaceAll(/^\/+|\/+$/gu, '')
    const name = posix.basename(path)
    if (name.startsWith(WHITEOUT)) {
      if (name === OPAQUE) tree.removeBelow(parent(path))
      else tree.remove(posix.join(parent(path), name.slice(WHITEOUT.length)))
    } else if (path !== '') tree.set(path, await entryOf(entry, name, tree))
    // One that was read is at its end already.
    if (!entry.body.locked) await entry.body.cancel()
  }
}

async function entryOf({ header, body }: ParsedTarEntry, name: string, tree: FileTree): Promise<TreeEntry | undefined> {
  const { type = 'file', mode = 0o644, linkname = '' } = header
  if (type === 'symlink') return { type, target: linkname }
  if (type === 'link') return tree.get(posix.normalize(`/${linkname}`).slice(1))
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
