import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'

/** Columns that a text takes on a terminal. Escapes count as nothing. */
export function textWidth(text: string): number {
  const bare = stripVTControlCharacters(text)
  // Most texts are ASCII; the tables for all others take longer to make than a small command has.
  return /^[ -~]*$/.test(bare) ? bare.length : stringWidth(bare)
}
