import { stripVTControlCharacters } from 'node:util'
import { textWidth } from './text-width.ts'
import { pad, truncate } from './text.ts'

/** A cell is one line or several. */
export type Cell = string | readonly string[]

/** Between two columns. */
const GAP = 2
/** A column is not cut below this. */
const NARROWEST = 6
/** Where the columns of a list cannot be as wide as this, they stand below each other. */
const LEGIBLE = 10

/** Columns side by side, two spaces apart, without lines between them: the lines of each row. */
export function tableRows(rows: readonly (readonly Cell[])[]): string[][] {
  const widths = columnWidths(rows)
  return rows.map((row) => {
    const cells = row.map(linesOf)
    const height = Math.max(...cells.map((lines) => lines.length))
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, column) => pad(lines[line] ?? '', widths[column] ?? 0))
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
  })
}

/**
 * Cuts the cells of the widest columns, with an ellipsis, so that what `tableRows` makes of the rows fits so many columns
 * of a terminal. Without a number, in a pipe, nothing is cut.
 */
export function fitRows<Row extends readonly Cell[]>(
  rows: readonly Row[],
  columns: number | undefined,
): readonly Row[] {
  const widths = columnWidths(rows)
  if (columns === undefined || sum(widths) + GAP * (widths.length - 1) <= columns) return rows
  const fitting = fittingWidths(widths, columns - GAP * (widths.length - 1))
  return rows.map(
    (row) =>
      row.map((cell, column) => {
        const width = fitting[column] ?? 0
        return typeof cell === 'string' ? cutCell(cell, width) : cell.map((line) => cutCell(line, width))
      }) as unknown as Row,
  )
}

/**
 * A list: a row of titles, then one for each thing, whose first cell is its name. Names are never cut: where the others
 * have no room beside them, each thing is a block of lines, and the titles stand in there.
 */
export function listRows(rows: readonly (readonly string[])[], columns: number | undefined): string[][] {
  const [names = 0, ...others] = columnWidths(rows)
  const least = names + sum(others.map((width) => GAP + Math.min(width, LEGIBLE)))
  if (columns === undefined || least <= columns) return tableRows(fitRows(rows, columns))
  const [titles = [], ...things] = rows
  return [[], ...things.map(([name = '', ...cells]) => [name, ...block(cells, titles.slice(1), columns)])]
}

function block(cells: readonly string[], titles: readonly string[], columns: number): string[] {
  const lines = cells.flatMap((cell, column) => (cell === '' ? [] : [[`  ${titles[column] ?? ''}`, cell]]))
  return tableRows(fitRows(lines, columns)).flat()
}

/** Takes from the widest, until all fit or are narrow enough; from the first column, which names the row, last of all. */
function fittingWidths(widths: readonly number[], room: number): number[] {
  const fitting = [...widths]
  while (sum(fitting) > room) {
    const [, ...others] = fitting
    const widest = fitting.indexOf(Math.max(...others), 1)
    const taken = widest !== -1 && (fitting[widest] ?? 0) > NARROWEST ? widest : 0
    const width = fitting[taken] ?? 0
    if (width <= NARROWEST) break
    fitting[taken] = width - 1
  }
  return fitting
}

/** The colours around a text stay; where it has some inside, all of them go. */
function cutCell(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  const bare = stripVTControlCharacters(text)
  const start = text.indexOf(bare)
  return start === -1
    ? truncate(bare, width)
    : text.slice(0, start) + truncate(bare, width) + text.slice(start + bare.length)
}

function columnWidths(rows: readonly (readonly Cell[])[]): number[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, ...linesOf(cell).map((line) => textWidth(line)))
    }
  }
  return widths
}

function linesOf(cell: Cell): readonly string[] {
  return typeof cell === 'string' ? [cell] : cell
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
