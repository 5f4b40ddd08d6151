import { closest, distance } from 'fastest-levenshtein'
import * as z from 'zod/mini'

/** An object without other keys. An unknown one is an error that names the one that was probably meant. */
export function strictObject<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodMiniObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? describe(issue.keys as string[], Object.keys(shape)) : undefined,
  })
}

function describe(unknown: readonly string[], known: readonly string[]): string {
  return unknown.map((key) => `there is no ${key}; ${suggest(key, known)}`).join(', and ')
}

function suggest(key: string, known: readonly string[]): string {
  if (known.length === 0) return 'nothing can be set here'
  const nearest = closest(key, known)
  return distance(key, nearest) <= key.length / 2 ? `did you mean ${nearest}?` : `there is: ${known.join(', ')}`
}
