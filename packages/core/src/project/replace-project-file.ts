import { accessSync, constants, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

import { createFile, replaceFile } from '../atomic-file.ts'
import { codeOf, configError, messageOf } from '../errors.ts'
import { takeLease, type Lease } from '../lease.ts'
import { readIfThere } from '../read-if-there.ts'
import { readProjectText, type ProjectText } from './read-project-text.ts'

const LONGEST_WAIT_MS = 30_000
/** A person saves once in a while; a program that rewrites the file all the time is not waited out. */
const TRIES = 20
/** What a killed process left is older. */
const LEFT_AFTER_MS = 60_000
const MARK = '\ufeff'

class ChangedMeanwhile extends Error {}

/**
 * Replaces a file by what is made of its text, `undefined` where there is no file. Whoever else does so, in any process,
 * is waited for: the lock lies beside the file itself, as everybody who edits it sees it there, wherever they keep their
 * own state, and as who cannot write there cannot replace the file either. Mode, owner and a byte order mark stay, a
 * symbolic link is followed. Rejects with `CONFIG_INVALID` where that cannot be done, and leaves nothing behind then.
 */
export async function replaceProjectFile(
  path: string,
  make: (text: string | undefined) => Promise<string>,
  { signal }: { readonly signal?: AbortSignal },
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (await replaceOnce(path, make, signal)) return
  }
  throw configError(
    'CONFIG_INVALID',
    `${path} was changed ${TRIES} times while it was edited, and was left as it is`,
    'Try again when no other program writes it.',
  )
}

/** `false` where somebody saved the file in the meantime, or put another one in its place. */
async function replaceOnce(
  path: string,
  make: (text: string | undefined) => Promise<string>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const target = await orCannot(path, async () => fileBehind(path))
  const lease = await orCannot(path, () => lock(path, target, signal))
  try {
    await orCannot(path, () => removeLeftovers(target))
    signal?.throwIfAborted()
    const original = readProjectText(path, target)
    if (original !== undefined) await orCannot(path, async () => accessSync(target, constants.W_OK))
    const text = await make(original?.text)
    if (text === original?.text) return true
    return await orCannot(path, () => put({ path, target }, text, original, signal))
  } finally {
    await lease.release()
  }
}

/** Also where a link leads to nothing yet. */
function fileBehind(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  try {
    return resolve(dirname(path), readlinkSync(path))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return resolve(path)
  }
}

async function lock(path: string, target: string, signal: AbortSignal | undefined): Promise<Lease> {
  const lockPath = besides(target, 'lock')
  const deadline = AbortSignal.timeout(LONGEST_WAIT_MS)
  try {
    const waiting = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    const lease = await takeLease(lockPath, { isDone: () => false, signal: waiting })
    if (lease === undefined) throw new Error('a lease that nothing ends is taken')
    return lease
  } catch (error) {
    if (!deadline.aborted || signal?.aborted === true) throw error
    const pid = /"pid":(\d+)/.exec((await readIfThere(lockPath)) ?? '')?.[1]
    throw configError(
      'CONFIG_INVALID',
      `${path} has been edited by ${pid === undefined ? 'another process' : `the process ${pid}`} for ${LONGEST_WAIT_MS / 1000} seconds`,
      'Try again when that has ended.',
      error,
    )
  }
}

/** Files that an edit works with: `.sidestep.yaml.lock`. */
function besides(target: string, what: string): string {
  return join(dirname(target), `.${basename(target)}.${what}`)
}

/** What processes left that were killed while they edited this file. */
async function removeLeftovers(target: string): Promise<void> {
  await rm(besides(target, 'tmp'), { force: true })
  const folder = dirname(target)
  const prefix = `${basename(besides(target, 'lock'))}.`
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(prefix)) continue
    const { mtimeMs } = await stat(join(folder, entry)).catch(() => ({ mtimeMs: Infinity }))
    if (Date.now() - mtimeMs > LEFT_AFTER_MS) await rm(join(folder, entry), { force: true })
  }
}

/** `false` where somebody was faster. */
async function put(
  { path, target }: { readonly path: string; readonly target: string },
  text: string,
  original: ProjectText | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const beforePut = (): void => {
    if (fileBehind(path) !== target || !isSame(target, original?.bytes)) throw new ChangedMeanwhile()
  }
  const options = { temporaryFile: besides(target, 'tmp'), beforePut, ...(signal === undefined ? {} : { signal }) }
  try {
    if (original === undefined) return await createFile(target, text, { ...options, mode: 0o644 })
    const content = original.hasMark ? `${MARK}${text}` : text
    await replaceFile(target, content, { ...options, like: original.stats })
    return true
  } catch (error) {
    if (error instanceof ChangedMeanwhile) return false
    throw error
  }
}

/** Read at once, with nothing between it and the rename that follows. */
function isSame(target: string, bytes: Buffer | undefined): boolean {
  try {
    const now = readFileSync(target)
    return bytes !== undefined && now.equals(bytes)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return bytes === undefined
    throw error
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'Make the folder and the file writable for this user.',
  EPERM: 'Make the folder and the file writable for this user.',
  EROFS: 'Its file system is read-only: copy the project to another.',
  ENOSPC: 'Free some space on its disk.',
  EDQUOT: 'Free some of your quota on its disk.',
  EFBIG: 'Raise the limit on the size of files: `ulimit -f`.',
  ENOENT: 'Make its folder first.',
  ENOTDIR: 'One of its folders is a file.',
  ELOOP: 'Its symbolic links lead in a circle.',
}

/** An error of the file system is an error of ours, with what to do. */
async function orCannot<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const code = codeOf(error)
    if (typeof error !== 'object' || error === null || !('syscall' in error) || code === undefined) throw error
    throw configError('CONFIG_INVALID', `${path} cannot be changed: ${messageOf(error)}`, HINTS[code], error)
  }
}
