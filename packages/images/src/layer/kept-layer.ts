import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rm, stat, utimes } from 'node:fs/promises'
import { Readable } from 'node:stream'

import { codeOf, SidestepError } from '@sidestep/core/component'

import { count, object, shaped, ShapeError, text, type Shape } from '../json-shape.ts'
import { LAYER_MEDIA_TYPE, type Layer } from './layer.ts'

const digest: Shape = text(/^sha256:[0-9a-f]{64}$/u)

/** What is known of a kept layer; its file is written last, so that it vouches for the other one. */
const recordShape: Shape = object({ digest, size: count, diffId: digest, uncompressedSize: count })

type LayerRecord = Pick<Layer, 'digest' | 'size' | 'diffId' | 'uncompressedSize'>

/** The two files of a kept layer. */
export interface KeptLayerFiles {
  readonly record: string
  readonly blob: string
}

/** The text of a layer's record. */
export function layerRecord({ digest, size, diffId, uncompressedSize }: Layer): string {
  return `${JSON.stringify({ digest, size, diffId, uncompressedSize })}\n`
}

/**
 * A layer that is kept; `undefined` where there is none, and `damaged` where it cannot be right: its record is damaged, or its file
 * is gone or has another size. Marks it as used now.
 */
export async function readKeptLayer(files: KeptLayerFiles): Promise<Layer | 'damaged' | undefined> {
  const text = await readIfThere(files.record)
  if (text === undefined) return undefined
  try {
    const record = shaped<LayerRecord>(recordShape, JSON.parse(text))
    if ((await stat(files.blob)).size !== record.size) return 'damaged'
    const now = new Date()
    await utimes(files.record, now, now)
    return { ...record, mediaType: LAYER_MEDIA_TYPE, path: files.blob, open: () => openKept(files, record.digest) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof ShapeError) return 'damaged'
    throw error
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** A disk may give other bytes than it got. Who finds that out forgets the layer, and the next build makes it again. */
function openKept(files: KeptLayerFiles, digest: string): Readable {
  async function* checked(): AsyncGenerator<Uint8Array, void, void> {
    const hash = createHash('sha256')
    let held: Uint8Array | undefined
    for await (const bytes of createReadStream(files.blob) as AsyncIterable<Uint8Array>) {
      hash.update(bytes)
      // The last bytes go out only when all of them are right, so an upload of wrong ones never ends.
      if (held !== undefined) yield held
      held = bytes
    }
    if (`sha256:${hash.digest('hex')}` !== digest) {
      await rm(files.record, { force: true })
      throw new SidestepError(`the layer that is kept in ${files.blob} is damaged`, {
        code: 'IMAGE_FAILED',
        kind: 'infra',
        hint: 'It is forgotten now: build again.',
      })
    }
    if (held !== undefined) yield held
  }
  return Readable.from(checked(), { objectMode: false })
}
