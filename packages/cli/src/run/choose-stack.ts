import { configError, Stack } from '@sidestep/core'

export interface StackChoice {
  /** Absent: the stack `default` of this machine. */
  readonly stack?: Stack
  /** What the file exports, by name. */
  readonly names: readonly string[]
}

/** The stack `default` needs no configuration: Sidestep makes it. */
const BUILT_IN = 'default'

/**
 * The stack of the wanted name among the file's `stack` and `stacks` exports (a stack, an array or a record of
 * stacks). Throws a `config` error with the names there are where it has none of that name.
 *
 * @param wanted from `--stack` or `SIDESTEP_STACK`; `source` says which
 */
export function chooseStack(
  exports: Readonly<Record<string, unknown>>,
  wanted: { readonly name: string; readonly source: string } | undefined,
  file: string,
): StackChoice {
  const stacks = exportedStacks(exports, file)
  const names = [...stacks.keys()]
  if (wanted === undefined) return { names }
  const stack = stacks.get(wanted.name)
  if (stack !== undefined) return { stack, names }
  if (wanted.name === BUILT_IN) return { names }
  throw configError(
    'STACK_INVALID',
    `${wanted.source} names the stack ${wanted.name}, and ${file} exports no stack of that name`,
    `There is: ${[...names, ...(names.includes(BUILT_IN) ? [] : [`${BUILT_IN} (this machine)`])].join(', ')}.`,
  )
}

function exportedStacks(exports: Readonly<Record<string, unknown>>, file: string): Map<string, Stack> {
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
