import fc from 'fast-check'

import { violations, type Limits, type Shape, type StringShape } from '../../src/ground/limits.ts'

/** Any value that keeps the limits of a shape. Lists and maps stay short, unless the shape wants more. */
export function legal(name: string, limits: Limits, depth: number = 0): fc.Arbitrary<unknown> {
  const shape = limits[name]!
  switch (shape.type) {
    case 'string':
      return legalString(shape)
    case 'integer':
    case 'long':
      return fc.integer({ min: shape.min ?? -1000, max: Math.min(shape.max ?? 2 ** 31 - 1, 2 ** 31 - 1) })
    case 'float':
    case 'double':
      return fc.double({ min: shape.min ?? -1e6, max: shape.max ?? 1e6, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'timestamp':
      return fc.integer({ min: 0, max: 2 ** 31 })
    case 'blob':
      return fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64'))
    case 'list':
      return fc.array(legal(shape.of, limits, depth + 1), sizes(shape))
    case 'map':
      return fc.dictionary(legal(shape.key, limits) as fc.Arbitrary<string>, legal(shape.value, limits, depth + 1), {
        minKeys: shape.min ?? 0,
        maxKeys: Math.max(shape.min ?? 0, Math.min(shape.max ?? 3, 3)),
      })
    case 'structure': {
      const members = Object.entries(shape.members).filter(([member]) => depth < 4 || shape.required?.includes(member))
      const record = Object.fromEntries(members.map(([member, one]) => [member, legal(one, limits, depth + 1)]))
      return fc.record(record, { requiredKeys: [...(shape.required ?? [])].filter((member) => member in record) })
    }
  }
}

function sizes({ min = 0, max = 3 }: { readonly min?: number; readonly max?: number }): fc.ArrayConstraints {
  return { minLength: min, maxLength: Math.max(min, Math.min(max, 3)) }
}

function legalString(shape: StringShape): fc.Arbitrary<string> {
  const { min = 0, max = 1024, pattern, enum: values } = shape
  if (values !== undefined) return fc.constantFrom(...values)
  const fits = (text: string): boolean => violations(text, 'Text', { Text: shape }).length === 0
  const anything = fc.string({ minLength: min, maxLength: Math.max(min, Math.min(max, 40)) })
  if (pattern === undefined || pattern === '.*' || pattern === '.+' || pattern === '[\\S\\s]*')
    return anything.filter(fits)
  if (pattern.includes('\\p{L}')) return fc.stringMatching(/^[\wé .:/=+@-]{1,40}$/).filter(fits)
  const readable = pattern
    .replaceAll('[\\p{Alnum}\\-]', '[a-z0-9-]')
    .replaceAll('(?<!-)', '')
    .replaceAll(/^\^|\$$/g, '')
  return fc.stringMatching(new RegExp(`^(?:${readable})$`)).filter(fits)
}

/** One way to break a limit: a value, and what is said of it. */
export interface Illegal {
  readonly value: unknown
  readonly says: string
}

/** Every rule of a shape itself, broken by as little as can be. */
export function illegal(shape: Shape, limits: Limits): readonly Illegal[] {
  const broken: Illegal[] = []
  const size = shape.type === 'string' || shape.type === 'list' || shape.type === 'map' ? 'length' : 'value'
  if ('max' in shape && shape.max !== undefined) {
    broken.push({
      value: ofSize(shape, shape.max + 1, limits),
      says: `Member must have ${size} less than or equal to ${shape.max}`,
    })
  }
  if ('min' in shape && shape.min !== undefined && (shape.min > 0 || size === 'value')) {
    broken.push({
      value: ofSize(shape, shape.min - 1, limits),
      says: `Member must have ${size} greater than or equal to ${shape.min}`,
    })
  }
  if (shape.type === 'string' && shape.enum !== undefined) {
    broken.push({ value: 'no such value', says: `Member must satisfy enum value set: [${shape.enum.join(', ')}]` })
  }
  if (shape.type === 'string' && shape.pattern !== undefined && shape.pattern !== '[\\S\\s]*') {
    // None of them takes all of these.
    broken.push({ value: 'a\n\u0007:*b', says: `Member must satisfy regular expression pattern: ${shape.pattern}` })
  }
  return broken
}

function ofSize(shape: Shape, size: number, limits: Limits): unknown {
  if (shape.type === 'string') return 'a'.repeat(size)
  if (shape.type === 'list') return fc.sample(legal(shape.of, limits), { numRuns: size, seed: 1 })
  if (shape.type === 'map') return Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, 'v']))
  return size
}
