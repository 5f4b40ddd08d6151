import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

import { formatBytes, messageOf, configError, SidestepError } from '@sidestep/core/component'
import { fingerprint, makeOnce, readIfThere, replaceFile } from '@sidestep/core/files'

import type { Registries } from '../distribution/registries.ts'
import { count, map, maybe, object, oneOf, ShapeError, shaped, text, truth, type Shape } from '../json-shape.ts'
import { baseFacts, type BaseFacts } from './base-facts.ts'
import type { BaseImage } from './base-image.ts'
import { variable } from './environment-list.ts'
import { FileTree } from './file-tree.ts'
import { layerArchive } from './layer-stream.ts'
import { readBlob } from './read-blob.ts'
import { readLayer } from './read-layer.ts'

/** Part of the name of what is kept: another number where the same layers give other facts. */
const FORMAT = 3

const factsShape: Shape = object({
  libc: oneOf('glibc', 'musl', 'none'),
  glibcMinor: maybe(count),
  libstdcxx: maybe(count),
  libgcc: truth,
  node: maybe(object({ path: text(), machine: maybe(count), version: maybe(text()) })),
  folders: map((value, path) => (typeof value === 'string' ? undefined : ownerShape(value, path))),
})
const ownerShape: Shape = object({ mode: count, uid: count, gid: count })

/** What looking into an image needs. */
export interface InspectBaseOptions {
  readonly registries: Registries
  /** `.sidestep`: what was found is kept in `images/bases` below it. */
  readonly home: string
  readonly signal: AbortSignal
  readonly report: (line: string) => void
  /** How many layers are read, from the lowest one on. Default: all. */
  readonly layerCount?: number
}

/** What was found in an image before; `undefined` where it was not looked into. A damaged file is forgotten. */
export async function keptFacts(
  base: BaseImage,
  { home, layerCount }: Pick<InspectBaseOptions, 'home' | 'layerCount'>,
): Promise<BaseFacts | undefined> {
  const file = factsFile(base, home, layerCount)
  const written = await readIfThere(file)
  if (written === undefined) return undefined
  try {
    return shaped<BaseFacts>(factsShape, JSON.parse(written))
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof ShapeError)) throw error
    await rm(file, { force: true })
    return undefined
  }
}

/**
 * Looks into the layers of an image, once for each digest: they are read from the registry and not kept. Rejects with
 * the errors of the registry, and `IMAGE_INVALID` for layers that cannot be read.
 */
export async function inspectBase(base: BaseImage, options: InspectBaseOptions): Promise<BaseFacts> {
  const { home, signal, layerCount } = options
  const kept = await keptFacts(base, options)
  if (kept !== undefined) return kept
  const file = factsFile(base, home, layerCount)
  await makeOnce(file, signal, async (prefix) => {
    const facts = await readFacts(base, options)
    await replaceFile(file, `${JSON.stringify(facts)}\n`, { signal, temporaryFile: `${prefix}${crypto.randomUUID()}` })
  })
  return inspectBase(base, options)
}

function factsFile({ digest }: BaseImage, home: string, layerCount: number | undefined): string {
  const name = fingerprint({ format: FORMAT, digest, ...(layerCount === undefined ? {} : { layerCount }) })
  return join(home, 'images', 'bases', `${name}.json`)
}

async function readFacts(base: BaseImage, options: InspectBaseOptions): Promise<BaseFacts> {
  const { registries, signal, report, layerCount } = options
  const layers = base.manifest.layers.slice(0, layerCount)
  const size = layers.reduce((sum, layer) => sum + layer.size, 0)
  report(
    `looking at what runs in ${base.name}: ${layers.length === 1 ? '1 layer' : `${layers.length} layers`} of ${formatBytes(size)}, once`,
  )
  const repository = registries.repository(base.reference)
  const tree = new FileTree()
  for (const { digest, mediaType } of layers) {
    const use = async (blob: Readable): Promise<void> => {
      try {
        await readLayer(layerArchive(blob, mediaType, base.name), tree)
      } catch (error) {
        if (SidestepError.isInstance(error)) throw error
        throw configError('IMAGE_INVALID', `the layer ${digest} of ${base.name} cannot be read: ${messageOf(error)}`)
      }
    }
    await readBlob(repository, digest, { signal, use })
  }
  return baseFacts(tree, variable(base.config.config?.Env, 'PATH'))
}
