import { accessSync, constants, readFileSync, type Stats } from 'node:fs'
import { readdir, readFile, readlink, realpath, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

import { createFile, replaceFile } from '../atomic-file.ts'
import { codeOf, configError, messageOf } from '../errors.ts'
import { takeLease, type Lease } from '../lease.ts'
import { readIfThere } from '../read-if-there.ts'

const LONGEST_WAIT_MS = 30_000
/** A person saves once in a while; a program that rewrites the file all the time is not waited out. */
const TRIES = 20
/** What a killed process left is older. */
const LEFT_AFTER_MS = 60_000
/** As much as is read. */
const MAX_BYTES = 1024 * 1024

const MARK = '\ufeff'

interface Original {
  readonly bytes: Buffer
  readonly stats: Stats
  readonly hasMark: boolean
  /** Without the mark. */
  readonly text: string
}

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
  const target = await orCannot(path, () => fileBehind(path))
  const lease = await orCannot(path, () => lock(path, target, signal))
  try {
    await orCannot(path, () => removeLeftovers(target))
    for (let tries = 0; tries < TRIES; tries += 1) {
      signal?.throwIfAborted()
      const original = await orCannot(path, () => read(path, target))
      const text = await make(original?.text)
      if (text === original?.text || (await orCannot(path, () => put(target, text, original, signal)))) return
    }
  } finally {
    await lease.release()
  }
  throw configError(
    'CONFIG_INVALID',
    `${path} was changed ${TRIES} times while it was edited, and was left as it is`,
    'Try again when no other program writes it.',
  )
}

/** Also where a link leads to nothing yet. */
async function fileBehind(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  try {
    return resolve(dirname(path), await readlink(path))
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

async function read(path: string, target: string): Promise<Original | undefined> {
  let stats: Stats
  try {
    stats = await stat(target)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  if (!stats.isFile()) throw configError('CONFIG_INVALID', `${path} is not a file`, 'Move away what is there.')
  if (stats.size > MAX_BYTES) {
    throw configError('CONFIG_INVALID', `${path} has ${stats.size} bytes, more than ${MAX_BYTES}`, 'Make it smaller.')
  }
  accessSync(target, constants.W_OK)
  const bytes = await readFile(target)
  const text = decode(bytes, path)
  const hasMark = text.startsWith(MARK)
  return { bytes, stats, hasMark, text: hasMark ? text.slice(MARK.length) : text }
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw configError('CONFIG_INVALID', `${path} is not UTF-8`, 'Save it as UTF-8.', error)
  }
}

/** `false` where somebody saved the file in the meantime. */
async function put(
  target: string,
  text: string,
  original: Original | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const options = { temporaryFile: besides(target, 'tmp'), ...(signal === undefined ? {} : { signal }) }
  if (original === undefined) return createFile(target, text, { ...options, mode: 0o644 })
  const beforePut = (): void => {
    if (!isSame(target, original.bytes)) throw new ChangedMeanwhile()
  }
  try {
    const content = original.hasMark ? `${MARK}${text}` : text
    await replaceFile(target, content, { ...options, like: original.stats, beforePut })
    return true
  } catch (error) {
    if (error instanceof ChangedMeanwhile) return false
    throw error
  }
}

/** Read at once, with nothing between it and the rename that follows. */
function isSame(target: string, bytes: Buffer): boolean {
  try {
    return readFileSync(target).equals(bytes)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
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
