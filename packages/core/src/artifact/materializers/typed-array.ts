import { configError } from '../../errors.ts'
import { builtinName, bytesOf, isBuiltinView } from '../builtins.ts'
import type { Materialized, Materializer, SaveContext, ValueReader } from '../materializer.ts'

/**
 * Float64Array and the other views, as the raw little-endian numbers that their memory holds (every platform that Node
 * runs on has that order). `meta.type` is the name of the class.
 */
export const typedArray: Materializer<ArrayBufferView> = {
  name: 'typed-array',

  accepts(value: unknown): value is ArrayBufferView {
    return isBuiltinView(value)
  },

  async save(value: ArrayBufferView, { snapshot }: SaveContext): Promise<Materialized> {
    const body = bytesOf(value)
    return { body: snapshot ? new Uint8Array(body) : body, meta: { type: builtinName(value) } }
  },

  async load(read: ValueReader, meta: unknown): Promise<ArrayBufferView> {
    const { type } = meta as { type: string }
    const View = (globalThis as unknown as Record<string, (new (buffer: ArrayBuffer) => ArrayBufferView) | undefined>)[
      type
    ]
    if (View === undefined) {
      throw configError(
        'CONFIG_INVALID',
        `the value is a ${type}, which Node ${process.version} does not have`,
        'Use the version of Node that wrote it, or a newer one.',
      )
    }
    // A copy: the class may ask for an alignment that the bytes do not have where they arrived.
    return new View(new Uint8Array(await read.bytes()).buffer)
  },
}
