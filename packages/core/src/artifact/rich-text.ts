import { stringify, unflatten } from 'devalue'

import { bytesOf, isError } from './builtins.ts'
import { ErrorRevival, reduceError } from './error-value.ts'

type Reducer = (value: unknown) => unknown

/**
 * Text for a value that passed its survey: devalue's format, with errors as `["Error", …]` and with each inner value as
 * `["Inner", [number]]`. `innerNumber` says which objects those are.
 */
export function richText(value: unknown, innerNumber: ReadonlyMap<object, number> = new Map()): string {
  const numberOf: Reducer = (candidate) => {
    const number = innerNumber.get(candidate as object)
    return number === undefined ? undefined : [number]
  }
  return stringify(
    value,
    { Inner: numberOf, Error: (candidate) => (isError(candidate) ? reduceError(candidate) : undefined) },
    { operations: { viewInfo, identify: identifyInner(innerNumber) } },
  )
}

/** Two artifacts of one stored value are written as one object met twice, as one artifact at two places is. */
function identifyInner(innerNumber: ReadonlyMap<object, number>): (value: unknown) => unknown {
  const firstOf = new Map<number, object>()
  for (const [object, number] of innerNumber) if (!firstOf.has(number)) firstOf.set(number, object)
  return (value) => firstOf.get(innerNumber.get(value as object) ?? -1) ?? value
}

/** The value of such a text, after `JSON.parse`; `inner` are its inner values by number. */
export function fromRichText(parsed: unknown, inner: readonly unknown[] = []): unknown {
  const errors = new ErrorRevival()
  const value: unknown = unflatten(parsed as number | unknown[], {
    Inner: ([number]: [number]) => inner[number],
    Error: (reduced: object) => errors.begin(reduced),
  })
  errors.finish()
  return value
}

/**
 * Only what a view shows is written. The rest of its buffer is not part of the value: it can be other data, and would
 * change the value's hash.
 */
function viewInfo(view: ArrayBufferView): {
  buffer: ArrayBufferLike
  byteOffset: number
  byteLength: number
  length: number
  bufferByteLength: number
} {
  const whole =
    view.byteLength === view.buffer.byteLength && view.buffer instanceof ArrayBuffer && !Buffer.isBuffer(view)
  const buffer = whole ? view.buffer : new Uint8Array(bytesOf(view)).buffer
  const length = 'length' in view && typeof view.length === 'number' ? view.length : view.byteLength
  return { buffer, byteOffset: 0, byteLength: view.byteLength, length, bufferByteLength: view.byteLength }
}
