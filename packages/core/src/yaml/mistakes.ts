import { configError, type SidestepError } from '../errors.ts'
import { quoted } from '../stack/component-name.ts'

/** Keys and indexes that lead to a value of sidestep.yaml. */
export type ValuePath = readonly (string | number)[]

/** Something in sidestep.yaml that is not right. */
export interface Mistake {
  /** Offset in the text, in UTF-16 code units. Absent: the file as a whole. */
  readonly offset?: number
  readonly path?: ValuePath
  /** Never holds a value that may be a secret. */
  readonly message: string
  /** What mends it, as a sentence. */
  readonly hint?: string
}

/** More are counted, not shown. */
const SHOWN = 20

/**
 * One `CONFIG_INVALID` error that names every mistake of a file with its place.
 *
 * @param place of an offset, such as `sidestep.yaml:12:5`
 */
export function mistakesError(
  path: string,
  mistakes: readonly Mistake[],
  place: (offset: number | undefined) => string,
): SidestepError {
  const inOrder = mistakes.toSorted((a, b) => (a.offset ?? 0) - (b.offset ?? 0))
  const said = (mistake: Mistake): string =>
    `${[place(mistake.offset), pathText(mistake.path)].join(' ').trim()}: ${mistake.message}`
  const [only, second] = inOrder
  if (only !== undefined && second === undefined) {
    return configError('CONFIG_INVALID', `${path} cannot be used: ${said(only)}`, only.hint)
  }
  const lines = inOrder
    .slice(0, SHOWN)
    .map((mistake) => `  ${said(mistake)}.${mistake.hint === undefined ? '' : ` ${mistake.hint}`}`)
  const more = inOrder.length > SHOWN ? [`  and ${inOrder.length - SHOWN} more`] : []
  return configError(
    'CONFIG_INVALID',
    [`${path} cannot be used; it has ${inOrder.length} mistakes:`, ...lines, ...more].join('\n'),
    'Correct them in the file.',
  )
}

/** `components.step_operator.gpu`. */
export function pathText(path: ValuePath = []): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += `${text === '' ? '' : '.'}${/^[\w.-]{1,63}$/.test(part) ? part : quoted(part)}`
  }
  return text
}
