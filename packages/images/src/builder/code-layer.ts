import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

import type { ImageRecipe } from '@sidestep/core/component'

import { IgnoreRules } from '../layer/ignore-rules.ts'
import type { LayerCache } from '../layer/layer-cache.ts'
import type { FileEntry, Layer, LayerEntry } from '../layer/layer.ts'
import { QUICK, SMALL } from '../layer/write-layer.ts'
import { bundleEntry, projectFileEntries } from '../layer/step-files.ts'

/** What of a step goes into an image, listed and not read yet. */
export interface StepCode {
  readonly bundle: FileEntry
  /** Those of the project that the step names, with the folders that they lie in. */
  readonly files: readonly LayerEntry[]
  /** What of that stays out: paths in the project, of whole folders the folder's only. */
  readonly leftOut: readonly string[]
}

/** What {@link contentOf} gives. */
export type CodeContent = readonly (readonly [path: string, ...rest: unknown[]])[]

/** Lists a step's bundle and files. Rejects with `IMAGE_INVALID` for files that cannot be in an image. */
export async function listCode(
  { bundle, projectFolder, dockerSettings: { files: named = [] } }: ImageRecipe,
  { filesFolder, signal }: { readonly filesFolder: string; readonly signal: AbortSignal },
): Promise<StepCode> {
  const files: LayerEntry[] = []
  const leftOut = new Set<string>()
  if (named.length > 0) {
    const rules = await IgnoreRules.read(projectFolder)
    const onLeftOut = (path: string): unknown => leftOut.add(path)
    const entries = projectFileEntries({ projectFolder, files: named, filesFolder, rules, onLeftOut, signal })
    for await (const entry of entries) files.push(entry)
  }
  return { bundle: await bundleEntry(bundle.path), files, leftOut: [...leftOut] }
}

/** After so long, whatever else waits has its turn: small files are read in place, thousands in a row. */
const TURN_MS = 10

/** The content of entries, in whatever order they come, as JSON that stands for it. Files are read, and not kept. */
export async function contentOf(
  entries: readonly LayerEntry[],
  { signal }: { readonly signal: AbortSignal },
): Promise<CodeContent> {
  const content: (readonly [path: string, ...rest: unknown[]])[] = []
  let turnEnds = performance.now() + TURN_MS
  for (const entry of entries) {
    signal.throwIfAborted()
    if (entry.type === 'file') content.push([entry.path, entry.executable, entry.size, await hashOf(entry, signal)])
    else if (entry.type === 'symlink') content.push([entry.path, entry.target])
    else content.push([entry.path, ...(entry.owner === undefined ? [] : [entry.owner])])
    if (performance.now() < turnEnds) continue
    await setImmediate()
    turnEnds = performance.now() + TURN_MS
  }
  return content.toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** One of the two layers of a step's code. */
export interface CodeLayer {
  /** `files` lie below `code`: most changes are of code, and files may be large. */
  readonly kind: 'files' | 'code'
  readonly entries: readonly LayerEntry[]
  /** Of `entries`. */
  readonly content: CodeContent
}

/**
 * The layer of entries, which are those that were listed, or it is not made: what changed since the listing is an error
 * of whoever reads it.
 */
export async function codeLayer(
  { kind, entries, content }: CodeLayer,
  { layers, signal }: { readonly layers: LayerCache; readonly signal: AbortSignal },
): Promise<Layer> {
  const level = kind === 'code' ? QUICK : SMALL
  return layers.layer({ inputs: { kind, content }, level, entries: () => entries }, { signal })
}

async function hashOf(entry: FileEntry, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of entry.content?.() ?? (entry.open() as AsyncIterable<Uint8Array>)) {
    signal.throwIfAborted()
    hash.update(piece)
  }
  return hash.digest('hex')
}
