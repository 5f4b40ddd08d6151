import { configError, Stack } from '@sidestep/core'

/**
 * The stacks of a file's `stack` and `stacks` exports (a stack, an array or a record of stacks), by their names and by the
 * keys that they are exported under. Throws `STACK_INVALID` where one is no stack, or two have one name.
 */
export function exportedStacks(exports: Readonly<Record<string, unknown>>, file: string): Map<string, Stack> {
  const stacks = new Map<string, Stack>()
  for (const [place, key, value] of candidates(exports)) {
    if (!Stack.isInstance(value)) {
      throw configError(
        'STACK_INVALID',
        `${place} in ${file} is not a stack`,
        'Export what `new Stack({ … })` returns.',
      )
    }
    for (const name of new Set([value.name, ...(key === undefined ? [] : [key])])) {
      const known = stacks.get(name)
      if (known !== undefined && known !== value) {
        throw configError('STACK_INVALID', `${file} exports two stacks called ${name}`, 'Give each a name of its own.')
      }
      stacks.set(name, value)
    }
  }
  return stacks
}

function* candidates(
  exports: Readonly<Record<string, unknown>>,
): Generator<[place: string, key: string | undefined, value: unknown]> {
  for (const place of ['stack', 'stacks']) {
    const value = exports[place]
    if (value === undefined) continue
    if (Stack.isInstance(value) || typeof value !== 'object' || value === null) yield [place, undefined, value]
    else if (Array.isArray(value))
      for (const [index, item] of value.entries()) yield [`${place}[${index}]`, undefined, item]
    else for (const [key, item] of Object.entries(value)) yield [`${place}.${key}`, key, item]
  }
}
