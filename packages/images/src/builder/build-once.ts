import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { BuildImageOptions } from '@sidestep/core/component'
import { fingerprint, makeOnce, readIfThere, replaceFile } from '@sidestep/core/files'

import { isDigest, type Digest } from '../distribution/digest.ts'
import type { Target } from './target.ts'

/** An image of which one is made. */
export interface BuildOnce {
  readonly target: Target
  readonly tag: string
  /** The digest of what the registry has by the tag; `undefined`: nothing. Absent: what it has is not wanted. */
  readonly find?: () => Promise<Digest | undefined>
  /**
   * Makes and pushes it. What it needs meanwhile may lie where a path with this prefix says: where this process dies, the
   * next one that makes an image removes it.
   */
  readonly make: (partialPrefix: string) => Promise<Digest>
}

/** Who waits for it. */
export type BuildOnceOptions = Pick<BuildImageOptions, 'home' | 'signal' | 'report'>

/** How long somebody waits before it is said. */
const SILENT_MS = 1_000

/**
 * An image's digest: of the one that the registry has, else of one that is made now. Of all callers on this machine, in
 * all processes, one makes it, and the others wait.
 */
export async function buildOnce(
  { target, tag, find, make }: BuildOnce,
  { home, signal, report }: BuildOnceOptions,
): Promise<Digest> {
  const record = join(home, 'images', 'pushes', `${fingerprint({ target, tag })}.txt`)
  for (;;) {
    signal.throwIfAborted()
    const before = await readIfThere(record)
    const found = await find?.()
    if (found !== undefined) return found
    // The registry does not have it any more, unless somebody has pushed it since.
    if (before !== undefined && (await readIfThere(record)) === before) await rm(record, { force: true })
    const waiting = setTimeout(() => report('another step or process makes the same image: waiting for it'), SILENT_MS)
    const made = makeOnce(record, signal, async (prefix) => {
      clearTimeout(waiting)
      const digest = await make(prefix)
      // With the time, so that each push leaves another text.
      const text = `${digest} ${new Date().toISOString()} ${crypto.randomUUID()}\n`
      // It is for those who wait right now: after a power cut the registry is asked.
      await replaceFile(record, text, { temporaryFile: `${prefix}${crypto.randomUUID()}`, durable: false })
    })
    await made.finally(() => clearTimeout(waiting))
    const digest = (await readIfThere(record))?.split(' ')[0] ?? ''
    if (isDigest(digest)) return digest
    await rm(record, { force: true })
  }
}
