import { textWidth } from './text-width.ts'

// Made on first use: most texts are ASCII, and it takes longer to make than a small command has.
let graphemes: Intl.Segmenter | undefined

/** Cuts a line without escapes to a number of columns; an ellipsis says that something is missing. Tabs become spaces. */
export function truncate(line: string, columns: number): string {
  if (columns <= 0) return ''
  // No character is narrower than half a code unit's column in practice; a long line is not measured as a whole.
  const start = line.slice(0, columns * 8).replaceAll('\t', '  ')
  if (start.length >= line.length && textWidth(start) <= columns) return start
  if (/^[ -~]*$/.test(start)) return `${start.slice(0, columns - 1)}…`
  graphemes ??= new Intl.Segmenter()
  let text = ''
  let width = 0
  for (const { segment } of graphemes.segment(start)) {
    width += textWidth(segment)
    if (width > columns - 1) break
    text += segment
  }
  return `${text}…`
}

/** Fills a cell up to a number of columns. Escapes count as nothing. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)))
}

/** Breaks words into lines of at most so many columns; a longer word keeps a line of its own. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= columns)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
