import { createHash } from 'node:crypto'

import type { ImageRecipe } from '@sidestep/core'

import { codeEntries } from '../layer/code-layer.ts'
import { IgnoreRules } from '../layer/ignore-rules.ts'
import type { LayerCache } from '../layer/layer-cache.ts'
import type { Layer, LayerEntry } from '../layer/layer.ts'

/** What {@link contentOf} gives. */
export type CodeContent = readonly (readonly [path: string, ...rest: unknown[]])[]

/** What of a step goes into the image, listed and not read yet. */
export async function listCode(
  { bundle, projectFolder, dockerSettings }: ImageRecipe,
  { filesFolder, signal }: { readonly filesFolder: string; readonly signal: AbortSignal },
): Promise<readonly LayerEntry[]> {
  const rules = await IgnoreRules.read(projectFolder)
  const { files = [] } = dockerSettings
  const parts = { bundlePath: bundle.path, projectFolder, files, filesFolder, rules, signal }
  const entries: LayerEntry[] = []
  for await (const entry of codeEntries(parts)) entries.push(entry)
  return entries
}

/** The content of entries, in whatever order they come, as JSON that stands for it. Files are read, and not kept. */
export async function contentOf(
  entries: readonly LayerEntry[],
  { signal }: { readonly signal: AbortSignal },
): Promise<CodeContent> {
  const content: (readonly [path: string, ...rest: unknown[]])[] = []
  for (const entry of entries) {
    signal.throwIfAborted()
    if (entry.type === 'file') content.push([entry.path, entry.executable, entry.size, await hashOf(entry, signal)])
    else content.push(entry.type === 'symlink' ? [entry.path, entry.target] : [entry.path])
  }
  return content.toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * The layer of entries, which are those that were listed, or it is not made: what changed since the listing is an error
 * of whoever reads it.
 */
export async function codeLayer(
  { code, content }: { readonly code: readonly LayerEntry[]; readonly content: CodeContent },
  { layers, signal }: { readonly layers: LayerCache; readonly signal: AbortSignal },
): Promise<Layer> {
  return layers.layer({ inputs: { kind: 'code', content }, entries: () => code }, { signal })
}

async function hashOf(entry: LayerEntry & { type: 'file' }, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of entry.content?.() ?? (entry.open() as AsyncIterable<Uint8Array>)) {
    signal.throwIfAborted()
    hash.update(piece)
  }
  return hash.digest('hex')
}
