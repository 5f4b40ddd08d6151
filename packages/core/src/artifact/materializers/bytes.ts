import { builtinName, isBuiltinView } from '../builtins.ts'
import type { Materialized, Materializer, SaveContext, ValueReader } from '../materializer.ts'

/** Uint8Array and ArrayBuffer, as they are. A Buffer comes back as a Uint8Array, as it does from every other store. */
export const bytes: Materializer<Uint8Array | ArrayBuffer> = {
  name: 'bytes',

  accepts(value: unknown): value is Uint8Array | ArrayBuffer {
    return (value instanceof Uint8Array && isBuiltinView(value)) || isArrayBuffer(value)
  },

  async save(value: Uint8Array | ArrayBuffer, { snapshot }: SaveContext): Promise<Materialized> {
    const view = isArrayBuffer(value) ? new Uint8Array(value) : value
    const body = snapshot ? new Uint8Array(view) : view
    return isArrayBuffer(value) ? { body, meta: { type: 'ArrayBuffer' } } : { body }
  },

  async load(read: ValueReader, meta: unknown): Promise<Uint8Array | ArrayBuffer> {
    const stored = await read.bytes()
    // A copy where it is a Buffer: those share their memory with others.
    const own = Buffer.isBuffer(stored) ? new Uint8Array(stored) : stored
    return meta === undefined ? own : (own.buffer as ArrayBuffer)
  },
}

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return typeof value === 'object' && value !== null && builtinName(value) === 'ArrayBuffer'
}
