import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { createFile } from './atomic-file.ts'
import { codeOf } from './errors.ts'
import { identifyProcess, isRunning, type ProcessIdentity } from './process.ts'
import { readIfThere } from './read-if-there.ts'

interface LeaseFile {
  readonly owner: ProcessIdentity
  /** Tells two leases of one process apart. */
  readonly id: string
}

const SHORTEST_POLL_MS = 5
const LONGEST_POLL_MS = 100

/** Says that this process, and no other, does something; until it is released or the process is gone. */
export interface Lease {
  release(): Promise<void>
}

/**
 * Waits until nobody has the lease, and takes it. `undefined` once `isDone`: then somebody else has done the work.
 * Who has a lease is judged by its process, so a dead owner's is taken over at once.
 */
export async function takeLease(
  path: string,
  { isDone, signal }: { readonly isDone: () => boolean; readonly signal: AbortSignal },
): Promise<Lease | undefined> {
  const text = JSON.stringify({ owner: identifyProcess(), id: randomUUID() } satisfies LeaseFile)
  for (let pollMs = SHORTEST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
    signal.throwIfAborted()
    if (isDone()) return undefined
    // Another user who waits for it reads whose it is. After a power cut its owner is gone.
    if (await createFile(path, text, { mode: 0o644, durable: false })) {
      // The owner before us may have finished between the look and the put.
      if (!isDone()) return { release: () => removeLease(path, text) }
      await removeLease(path, text)
      return undefined
    }
    const held = await readIfThere(path)
    if (held === undefined) continue
    if (isHeld(held)) await sleep(pollMs, undefined, { signal })
    else await removeLease(path, held)
  }
}

/** Whether a lease was left by a process that is gone. */
export async function isLeftBehind(path: string): Promise<boolean> {
  const held = await readIfThere(path)
  return held !== undefined && !isHeld(held)
}

/** A lease is put whole, so a text that is none was never one, and nobody waits for it. */
function isHeld(text: string): boolean {
  try {
    return isRunning((JSON.parse(text) as LeaseFile).owner)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return false
    throw error
  }
}

/** Removes exactly this lease: another process may have taken its place in the meantime. */
async function removeLease(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  try {
    if ((await readFile(aside, 'utf8')) !== text) await link(aside, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await rm(aside, { force: true })
  }
}
