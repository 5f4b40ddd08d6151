import { createHash } from 'node:crypto'

import type { ImageRecipe } from '@sidestep/core'

import { codeEntries } from '../layer/code-layer.ts'
import { IgnoreRules } from '../layer/ignore-rules.ts'
import type { LayerCache } from '../layer/layer-cache.ts'
import type { Layer, LayerEntry } from '../layer/layer.ts'

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

/** The content of entries, as JSON that stands for it. Large files are read, and not kept. */
export async function contentOf(
  entries: readonly LayerEntry[],
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly object[]> {
  const content: object[] = []
  for (const entry of entries) {
    signal.throwIfAborted()
    if (entry.type === 'file') content.push([entry.path, entry.executable, entry.size, await hashOf(entry, signal)])
    else content.push(entry.type === 'symlink' ? [entry.path, entry.target] : [entry.path])
  }
  return content
}

/**
 * The layer of entries, which are those that were listed, or it is not made: what changed since the listing is an error
 * of whoever reads it.
 */
export async function codeLayer(
  entries: readonly LayerEntry[],
  { layers, signal }: { readonly layers: LayerCache; readonly signal: AbortSignal },
): Promise<Layer> {
  const inputs = { kind: 'code', content: await contentOf(entries, { signal }) }
  return layers.layer({ inputs, entries: () => entries }, { signal })
}

async function hashOf(entry: LayerEntry & { type: 'file' }, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of entry.content?.() ?? (entry.open() as AsyncIterable<Uint8Array>)) {
    signal.throwIfAborted()
    hash.update(piece)
  }
  return hash.digest('hex')
}
