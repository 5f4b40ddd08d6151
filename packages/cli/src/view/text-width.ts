import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'

/** Columns that a text takes on a terminal. Escapes count as nothing. */
export function textWidth(text: string): number {
  // Most texts are ASCII; the tables for all others take longer to make than a small command has.
  if (isPrintable(text)) return text.length
  const bare = stripVTControlCharacters(text)
  return isPrintable(bare) ? bare.length : stringWidth(bare)
}

function isPrintable(text: string): boolean {
  return /^[ -~]*$/.test(text)
}
