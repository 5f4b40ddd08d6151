import { nearestName } from '@sidestep/core/component'
import * as z from 'zod'

/** An object without other keys. An unknown one is an error that names the one that was probably meant; what is no object, one that shows its keys. */
export function strictObject<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'invalid_type') return `write an object: { ${Object.entries(shape).map(keyText).join(', ')} }`
      if (issue.code !== 'unrecognized_keys') return undefined
      return (issue.keys as readonly string[])
        .map((key) => `there is no ${key}; ${suggestion(key, known)}`)
        .join(', and ')
    },
  })
}

/** With a question mark where it may be left out. */
function keyText([key, schema]: readonly [string, z.core.$ZodType]): string {
  return z.safeParse(schema, undefined).success ? `${key}?` : key
}

function suggestion(key: string, known: readonly string[]): string {
  if (known.length === 0) return 'nothing can be set here'
  const nearest = nearestName(key, known)
  return nearest === undefined ? `there is: ${known.join(', ')}` : `did you mean ${nearest}?`
}
