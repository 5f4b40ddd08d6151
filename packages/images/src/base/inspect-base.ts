import { join } from 'node:path'
import type { Readable } from 'node:stream'

import { formatBytes, messageOf, configError, SidestepError } from '@sidestep/core'
import { fingerprint, makeOnce, readIfThere, replaceFile } from '@sidestep/core/files'
import { z } from 'zod'

import type { Registries } from '../builder/registries.ts'
import { variable } from '../image/environment-list.ts'
import { baseFacts, type BaseFacts } from './base-facts.ts'
import type { BaseImage } from './base-image.ts'
import { FileTree } from './file-tree.ts'
import { layerArchive } from './layer-stream.ts'
import { readBlob } from './read-blob.ts'
import { readLayer } from './read-layer.ts'

/** Part of the name of what is kept: another number where the same layers give other facts. */
const FORMAT = 2

const factsSchema = z.object({
  libc: z.enum(['glibc', 'musl', 'none']),
  glibcMinor: z.int().optional(),
  libstdcxx: z.int().optional(),
  libgcc: z.boolean(),
  node: z.object({ path: z.string(), machine: z.int().optional(), version: z.string().optional() }).optional(),
})

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

/** What was found in an image before; `undefined` where it was not looked into. */
export async function keptFacts(
  base: BaseImage,
  { home, layerCount }: Pick<InspectBaseOptions, 'home' | 'layerCount'>,
): Promise<BaseFacts | undefined> {
  const text = await readIfThere(factsFile(base, home, layerCount))
  return text === undefined ? undefined : (factsSchema.parse(JSON.parse(text)) as BaseFacts)
}

/**
 * Looks into the layers of an image, once for each digest: they are read from the registry and not kept. Rejects with
 * the errors of the registry, and `IMAGE_INVALID` for layers that cannot be read.
 */
export async function inspectBase(base: BaseImage, options: InspectBaseOptions): Promise<BaseFacts> {
  const { home, signal, layerCount } = options
  const file = factsFile(base, home, layerCount)
  await makeOnce(file, signal, async (prefix) => {
    const facts = await readFacts(base, options)
    await replaceFile(file, `${JSON.stringify(facts)}\n`, { signal, temporaryFile: `${prefix}${crypto.randomUUID()}` })
  })
  return (await keptFacts(base, options)) ?? inspectBase(base, options)
}

function factsFile({ digest }: BaseImage, home: string, layerCount: number | undefined): string {
  const name = fingerprint({ format: FORMAT, digest, ...(layerCount === undefined ? {} : { layerCount }) })
  return join(home, 'images', 'bases', `${name}.json`)
}

async function readFacts(base: BaseImage, options: InspectBaseOptions): Promise<BaseFacts> {
  const { registries, signal, report, layerCount } = options
  const layers = base.manifest.layers.slice(0, layerCount)
  const size = layers.reduce((sum, layer) => sum + layer.size, 0)
  report(`looking at what runs in ${base.name}: ${layers.length} layers of ${formatBytes(size)}, once`)
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
