import type { WriteStream } from 'node:tty'

const USUAL = { columns: 80, rows: 24 }

/** The size of a terminal. One that does not know its own, or says 0, counts as 80 by 24. */
export function terminalSize(stream: Partial<Pick<WriteStream, 'columns' | 'rows'>>): {
  readonly columns: number
  readonly rows: number
} {
  return { columns: stream.columns || USUAL.columns, rows: stream.rows || USUAL.rows }
}
