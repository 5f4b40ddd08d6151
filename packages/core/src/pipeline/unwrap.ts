import { isArtifact, type Artifact } from '../artifact/artifact.ts'

/** What a pipeline returns, with values in the place of references. */
export type Unwrap<R> =
  R extends Artifact<infer T>
    ? T
    : R extends readonly unknown[] | Record<string, unknown>
      ? { [K in keyof R]: Unwrap<R[K]> }
      : R

/** Reads all references in a pipeline's result, in arrays and plain objects. */
export async function unwrap<R>(result: R): Promise<Unwrap<R>> {
  return (await unwrapDeep(result)) as Unwrap<R>
}

async function unwrapDeep(value: unknown): Promise<unknown> {
  if (isArtifact(value)) return value.value()
  if (Array.isArray(value)) return Promise.all(value.map(unwrapDeep))
  if (!isPlainObject(value)) return value
  const entries = Object.entries(value).map(async ([name, entry]) => [name, await unwrapDeep(entry)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
