/**
 * Says what is wrong with a value, as `layers.0.size is no number`; `undefined`: nothing. For what programs have written:
 * zod, which the configurations have, takes longer to load than an image takes to make.
 */
export type Shape = (value: unknown, path: string) => string | undefined

/** What a document is, once its shape was asked: throws {@link ShapeError} where it is something else. */
export function shaped<T>(shape: Shape, value: unknown): T {
  const wrong = shape(value, '')
  if (wrong !== undefined) throw new ShapeError(wrong)
  return value as T
}

/** A document is not what it should be. */
export class ShapeError extends Error {}

/** Any text, or text of a form. */
export function text(form?: RegExp): Shape {
  return (value, path) =>
    typeof value === 'string' && (form?.test(value) ?? true)
      ? undefined
      : not(path, form === undefined ? 'text' : `${form}`)
}

/** 0 or more, whole. */
export const count: Shape = (value, path) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : not(path, 'whole number')

/** True or false. */
export const truth: Shape = (value, path) => (typeof value === 'boolean' ? undefined : not(path, 'truth value'))

/** One of these texts. */
export function oneOf(...texts: readonly string[]): Shape {
  return (value, path) => (texts.some((it) => it === value) ? undefined : not(path, `one of ${texts.join(', ')}`))
}

/** Of any length. */
export function list(item: Shape): Shape {
  return (value, path) => (Array.isArray(value) ? first(value.entries(), () => item, path) : not(path, 'list'))
}

/** Any keys, with values of one shape. */
export function map(item: Shape): Shape {
  return (value, path) => (isObject(value) ? first(Object.entries(value), () => item, path) : not(path, 'object'))
}

/** These keys, and any others beside them. */
export function object(shapes: Readonly<Record<string, Shape>>): Shape {
  return (value, path) => {
    if (!isObject(value)) return not(path, 'object')
    const wanted = Object.keys(shapes).map((key) => [key, value[key]] as const)
    return first(wanted, (key) => shapes[key], path)
  }
}

/** Absent, or of a shape. */
export function maybe(shape: Shape): Shape {
  return (value, path) => (value === undefined ? undefined : shape(value, path))
}

/** Absent, `null`, or of a shape: programs in Go write `null` for what is empty. */
export function orNull(shape: Shape): Shape {
  return (value, path) => (value === undefined || value === null ? undefined : shape(value, path))
}

function first<K extends string | number>(
  entries: Iterable<readonly [K, unknown]>,
  shapeOf: (key: K) => Shape | undefined,
  path: string,
): string | undefined {
  for (const [key, value] of entries) {
    const wrong = shapeOf(key)?.(value, path === '' ? `${key}` : `${path}.${key}`)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function not(path: string, what: string): string {
  return `${path === '' ? 'the whole' : path} is no ${what}`
}
