import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { rankKey, type AttemptKey } from '../artifact/layout.ts'
import { readJson } from '../artifact/stored-json.ts'
import type { ExitVerdict } from './judge-exit.ts'

/**
 * `ranks/<rank>.json`: how a machine of a job of several stands, written by it again and again; the first machine has
 * none. It belongs to a start of the first machine: what a machine left that was taken away before counts no more.
 */
export type RankRecord = RankBase &
  (
    | { readonly status: 'running' | 'succeeded' }
    | { readonly status: 'failed'; readonly failure: ExitVerdict; readonly lastLogLines: readonly string[] }
  )

interface RankBase {
  readonly version: 1
  readonly rank: number
  /** Of the first machine, the newest that this one has seen while it was alive; 0: none. */
  readonly incarnation: number
  /** ISO 8601, by the clock of this machine: when it came to this status. */
  readonly at: string
}

/** The place of a process in a job. */
export interface Cluster {
  /** From 0, the first machine: it writes the result. */
  readonly rank: number
  readonly size: number
}

/** Between two looks at what other machines have written, in milliseconds: at first, and at most. */
export const LOOK_MS: { readonly first: number; readonly longest: number } = { first: 500, longest: 10_000 }
/** How much longer each wait between two looks is. */
export const LOOK_GROWTH = 1.5

export async function readRank(key: AttemptKey, rank: number, store: ArtifactStore): Promise<RankRecord | undefined> {
  return (await readJson(store, rankKey(key, rank))) as RankRecord | undefined
}
