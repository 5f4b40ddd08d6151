import { types } from 'node:util'

/** Classes whose instances are bytes seen as numbers. */
const VIEWS: ReadonlySet<string> = new Set([
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'Int16Array',
  'Int32Array',
  'Int8Array',
  'Uint16Array',
  'Uint32Array',
  'Uint8Array',
  'Uint8ClampedArray',
])

/**
 * The name of the built-in class that a value is a direct instance of, in any realm: `Map`, `Float32Array`,
 * `Temporal.Instant`. `undefined` for instances of a user's class, also where it extends a built-in one. A Buffer is a
 * `Uint8Array`.
 */
export function builtinName(value: object): string | undefined {
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  if (Buffer.isBuffer(value)) return tag
  const prototype = Object.getPrototypeOf(value) as object | null
  const name = prototype !== null && Object.hasOwn(prototype, 'constructor') ? prototype.constructor.name : undefined
  return name !== undefined && (tag === name || tag === `Temporal.${name}`) ? tag : undefined
}

/** True for direct instances of the built-in views, such as Float64Array. */
export function isBuiltinView(value: unknown): value is ArrayBufferView {
  return ArrayBuffer.isView(value) && VIEWS.has(builtinName(value) ?? '')
}

/** True for errors of any class and realm. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error
}

/** The bytes that a view shows, without a copy. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
