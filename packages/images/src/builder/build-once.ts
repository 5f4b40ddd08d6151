import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { fingerprint, makeOnce, readIfThere, replaceFile } from '@sidestep/core/files'

import { isDigest, type Digest } from '../distribution/digest.ts'
import type { Target } from './target.ts'

/** An image of which one is made. */
export interface BuildOnce {
  readonly target: Target
  readonly tag: string
  /** The digest of what the registry has by the tag; `undefined`: nothing. Absent: what it has is not wanted. */
  readonly find?: () => Promise<Digest | undefined>
  /** Makes and pushes it. */
  readonly make: () => Promise<Digest>
}

/**
 * An image's digest: of the one that the registry has, else of one that is made now. Of all callers on this machine, in
 * all processes, one makes it, and the others wait.
 */
export async function buildOnce(
  { target, tag, find, make }: BuildOnce,
  { home, signal }: { readonly home: string; readonly signal: AbortSignal },
): Promise<Digest> {
  const record = join(home, 'images', 'pushes', `${fingerprint({ target, tag })}.txt`)
  for (;;) {
    signal.throwIfAborted()
    const before = await readIfThere(record)
    const found = await find?.()
    if (found !== undefined) return found
    // The registry does not have it any more, unless somebody has pushed it since.
    if (before !== undefined && (await readIfThere(record)) === before) await rm(record, { force: true })
    await makeOnce(record, signal, async (prefix) => {
      const digest = await make()
      // With the time, so that each push leaves another text.
      const text = `${digest} ${new Date().toISOString()} ${crypto.randomUUID()}\n`
      await replaceFile(record, text, { temporaryFile: `${prefix}${crypto.randomUUID()}` })
    })
    const digest = (await readIfThere(record))?.split(' ')[0] ?? ''
    if (isDigest(digest)) return digest
    await rm(record, { force: true })
  }
}
