import { createRequire } from 'node:module'
import { stripVTControlCharacters } from 'node:util'

type StringWidth = (typeof import('string-width'))['default']

let stringWidth: StringWidth | undefined

/** Columns that a text takes on a terminal. Escapes count as nothing. */
export function textWidth(text: string): number {
  // Most texts are ASCII; the tables for all others take longer to make than a small command has.
  if (isPrintable(text)) return text.length
  const bare = stripVTControlCharacters(text)
  return isPrintable(bare) ? bare.length : withTables()(bare)
}

function isPrintable(text: string): boolean {
  return /^[ -~]*$/.test(text)
}

/** Loaded by who has such a text: it makes tables while it is loaded. */
function withTables(): StringWidth {
  stringWidth ??= (createRequire(import.meta.url)('string-width') as typeof import('string-width')).default
  return stringWidth
}
