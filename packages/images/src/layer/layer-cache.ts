import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { fingerprint, makeOnce, replaceFile } from '@sidestep/core/files'

import { layerRecord, readKeptLayer, type KeptLayerFiles } from './kept-layer.ts'
import type { Layer, LayerEntry } from './layer.ts'
import { pruneLayers, type LayerCacheLimits } from './prune-layers.ts'
import { SMALL, writeLayer } from './write-layer.ts'

/** Part of every key: another number where the same inputs give other bytes. */
const FORMAT = 2

/** Where layers are kept. */
export interface LayerCacheOptions {
  /** `.sidestep`: layers lie in `images/layers` below it. */
  readonly home: string
  /** What is kept; beyond it what was not used for longest goes. */
  readonly limits?: Partial<LayerCacheLimits>
}

/** What a layer is made of, and how. */
export interface LayerToMake {
  /** All that its content follows from, as JSON: layers of the same inputs are one. */
  readonly inputs: object
  /** As {@link WriteLayerOptions.level}. */
  readonly level?: number
  /** Asked where the layer is not kept; it may install or download what belongs in it. */
  entries(): AsyncIterable<LayerEntry> | Iterable<LayerEntry> | Promise<AsyncIterable<LayerEntry>>
}

/** Layers that were made before, on this machine, for this project. All of it can be deleted at any time. */
export class LayerCache {
  readonly #folder: string
  readonly #limits: Partial<LayerCacheLimits>

  constructor({ home, limits = {} }: LayerCacheOptions) {
    this.#folder = join(home, 'images', 'layers')
    this.#limits = limits
  }

  /**
   * The layer of these inputs: the kept one, else made now. Of all callers, in all processes, one makes it. One that
   * was interrupted leaves nothing that is trusted. Rejects with the errors of `entries` and of {@link writeLayer}.
   */
  async layer(
    { inputs, level = SMALL, entries }: LayerToMake,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Layer> {
    const key = fingerprint({ format: FORMAT, inputs, level })
    const files = { record: join(this.#folder, `${key}.json`), blob: join(this.#folder, `${key}.tar.gz`) }
    for (;;) {
      signal.throwIfAborted()
      const kept = await readKeptLayer(files)
      if (typeof kept === 'object') return kept
      // What nobody trusts is made again. The blob stays for who may be reading it: it is replaced by the same bytes. Where there was
      // none, another process may have made it meanwhile: that stays.
      if (kept === 'damaged') await rm(files.record, { force: true })
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      let made = false
      await makeOnce(files.record, signal, async (prefix) => {
        await make(files, { prefix, entries, level, signal })
        made = true
      })
      if (made) await pruneLayers(this.#folder, this.#limits)
    }
  }
}

interface Making extends Required<Pick<LayerToMake, 'entries' | 'level'>> {
  readonly prefix: string
  readonly signal: AbortSignal
}

async function make(files: KeptLayerFiles, { prefix, entries, level, signal }: Making): Promise<void> {
  const partial = `${prefix}${randomUUID()}`
  const layer = await writeLayer(await entries(), { path: partial, level, signal })
  await rename(partial, files.blob)
  // Neither waits for the disk: a power cut may leave a record without its bytes, and they are checked when they are sent.
  const temporaryFile = `${prefix}${randomUUID()}`
  await replaceFile(files.record, layerRecord(layer), { signal, temporaryFile, durable: false })
}
