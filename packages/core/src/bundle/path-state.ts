import { randomUUID } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync, type BigIntStats } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

import { sha256 } from '../canonical.ts'
import { codeOf } from '../errors.ts'

/** What lay at a path. Synchronous calls throughout: thousands of paths are looked at, and each takes microseconds. */
export interface PathState {
  readonly path: string
  /** What changes with every change, and sometimes without one; empty where nothing lies there. */
  readonly stamp: string
  /** Of the file's bytes, the folder's names, the link's target: what decides where the stamp is another. */
  readonly digest: string
}

const NOTHING = ''

/** A file system's clock may be so much behind the one that {@link Date.now} reads: it counts in ticks, and a busy machine misses some. */
const TICK_MS = 50

/** The state of paths and of all that their links lead to. */
export function statesOf(paths: Iterable<string>): readonly PathState[] {
  const states = new Map<string, PathState>()
  const add = (path: string): void => {
    if (states.has(path)) return
    const stats = statsOf(path)
    states.set(path, { path, stamp: stampOf(stats), digest: digestOf(path, stats) })
    if (stats?.isSymbolicLink() === true) add(targetOf(path))
  }
  for (const path of paths) add(path)
  return [...states.values()]
}

/**
 * Whether everything is as it was: the states as they are now, which are the very same ones where not even a stamp is
 * another; `undefined` where something has changed.
 */
export function ifUnchanged(states: readonly PathState[]): readonly PathState[] | undefined {
  let isSame = true
  const now: PathState[] = []
  for (const state of states) {
    const stats = statsOf(state.path)
    const stamp = stampOf(stats)
    if (stamp === state.stamp) {
      now.push(state)
      continue
    }
    isSame = false
    if (digestOf(state.path, stats) !== state.digest) return undefined
    now.push({ ...state, stamp })
  }
  return isSame ? states : now
}

/** Whether something changed since then, or so shortly before that its time does not tell. In milliseconds of {@link Date.now}. */
export function mayHaveChangedSince(states: readonly PathState[], sinceMs: number): boolean {
  const since = BigInt(Math.floor(sinceMs) - TICK_MS) * 1_000_000n
  // The time of the last change of any kind: nobody can set it.
  return states.some(({ stamp }) => stamp !== NOTHING && BigInt(stamp.slice(stamp.lastIndexOf(' ') + 1)) >= since)
}

function targetOf(link: string): string {
  try {
    return resolve(dirname(link), readlinkSync(link))
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return link
  }
}

function statsOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })
}

function stampOf(stats: BigIntStats | undefined): string {
  if (stats === undefined) return NOTHING
  const { mode, size, ino, mtimeNs, ctimeNs } = stats
  return `${mode} ${size} ${ino} ${mtimeNs} ${ctimeNs}`
}

/** What cannot be read, such as a file that has just gone, is never the same again. */
function digestOf(path: string, stats: BigIntStats | undefined): string {
  if (stats === undefined) return 'nothing'
  try {
    return digestOfEntry(path, stats)
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return `unreadable ${randomUUID()}`
  }
}

function digestOfEntry(path: string, stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return `link ${readlinkSync(path)}`
  if (stats.isDirectory()) return `folder ${sha256(namesIn(path).join('\n'))}`
  // A native file is never read: that it is there is what counts.
  return path.endsWith('.node') ? 'native' : `file ${sha256(readFileSync(path))}`
}

/** What an import can mean without saying its whole name. Packages never begin with a dot; tools keep caches there. */
const MEANT_BY_IMPORTS = /\.(?:[cm]?[jt]sx?|json|node|wasm)$/

function namesIn(folder: string): string[] {
  const ofPackages = basename(folder) === 'node_modules'
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      if (entry.isSymbolicLink()) return `${entry.name} -> ${readlinkSync(join(folder, entry.name))}`
      if (entry.isDirectory()) return ofPackages && entry.name.startsWith('.') ? [] : `${entry.name}/`
      return MEANT_BY_IMPORTS.test(entry.name) && !ofPackages ? entry.name : []
    })
    .toSorted()
}
