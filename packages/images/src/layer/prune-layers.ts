import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { codeOf } from '@sidestep/core/component'

/** How much is kept. */
export interface LayerCacheLimits {
  /** Layers. Default: 100. */
  readonly count: number
  /** Bytes of all of them. Default: 20 GiB. */
  readonly size: number
  /** A layer that was used in this time is never removed: it may be on its way to a registry. Default: an hour. */
  readonly minimumAgeMs: number
}

const DEFAULTS: LayerCacheLimits = { count: 100, size: 20 * 1024 ** 3, minimumAgeMs: 60 * 60 * 1000 }

const RECORD = '.json'
const BLOB = '.tar.gz'

interface Kept {
  readonly key: string
  readonly size: number
  /** Whether it has a record: without one nobody takes it. */
  readonly complete: boolean
  readonly usedAt: number
}

/**
 * Removes layers beyond the limits, those first that were not used for longest, and files whose record never came.
 * One that another process removes at the same time is removed.
 */
export async function pruneLayers(folder: string, options: Partial<LayerCacheLimits> = {}): Promise<void> {
  const limits = { ...DEFAULTS, ...options }
  const kept = (await keptLayers(folder)).sort((a, b) => b.usedAt - a.usedAt)
  const newest = Date.now() - limits.minimumAgeMs
  let size = 0
  for (const [index, layer] of kept.entries()) {
    size += layer.size
    const within = layer.complete && index < limits.count && size <= limits.size
    if (within || layer.usedAt > newest) continue
    // The record first: without it nobody trusts what is left.
    await rm(join(folder, `${layer.key}${RECORD}`), { force: true })
    await rm(join(folder, `${layer.key}${BLOB}`), { force: true })
  }
}

async function keptLayers(folder: string): Promise<Kept[]> {
  const names = await readdir(folder)
  const there = new Set(names)
  const blobs = names.filter((name) => name.endsWith(BLOB)).map((name) => name.slice(0, -BLOB.length))
  const kept = await Promise.all(
    blobs.map(async (key) => {
      const blob = await statIfThere(join(folder, `${key}${BLOB}`))
      if (blob === undefined) return undefined
      const record = there.has(`${key}${RECORD}`) ? await statIfThere(join(folder, `${key}${RECORD}`)) : undefined
      return { key, size: blob.size, complete: record !== undefined, usedAt: (record ?? blob).mtimeMs }
    }),
  )
  return kept.filter((it) => it !== undefined)
}

async function statIfThere(path: string): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
