import stringWidth from 'string-width'
import { pad } from './text.ts'

/** A cell is one line or several. */
export type Cell = string | readonly string[]

/** Columns side by side, two spaces apart, without lines between them: the lines of each row. */
export function tableRows(rows: readonly (readonly Cell[])[]): string[][] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, ...linesOf(cell).map((line) => stringWidth(line)))
    }
  }
  return rows.map((row) => {
    const cells = row.map(linesOf)
    const height = Math.max(...cells.map((lines) => lines.length))
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, column) => pad(lines[line] ?? '', widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  })
}

function linesOf(cell: Cell): readonly string[] {
  return typeof cell === 'string' ? [cell] : cell
}
