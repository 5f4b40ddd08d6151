import type { WriteStream } from 'node:tty'
import type { RunEvent } from '@sidestep/core'
import { createLogUpdate } from 'log-update'
import { liveFrame } from './live-frame.ts'
import type { RunModel } from './run-model.ts'
import type { RunView } from './run-view.ts'
import { sanitizeColouredLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { terminalSize } from './terminal-size.ts'

const REPAINT_MS = 100
/** Lines for the place above the frame are written at the next repaint, or when there are so many. */
const MAX_WAITING_LINES = 500
const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'

/** What a live view draws on. */
export interface Terminal {
  /** Its size is read, nothing else. */
  readonly stream: Pick<WriteStream, 'columns' | 'rows'>
  /** Reaches the terminal, whoever diverts the stream. */
  readonly write: (text: string) => void
  readonly style: Style
}

/** A picture of the run that is painted over itself, and the console of this process's own steps above it. */
export class LiveView implements RunView {
  readonly #model: RunModel
  readonly #terminal: Terminal
  readonly #paint: ReturnType<typeof createLogUpdate>
  readonly #ticker: NodeJS.Timeout
  readonly #showCursor: () => void
  #waiting: string[] = []
  #notice: string | undefined

  constructor(model: RunModel, terminal: Terminal) {
    this.#model = model
    this.#terminal = terminal
    this.#paint = createLogUpdate(drawingStream(terminal), { showCursor: true })
    this.#ticker = setInterval(() => this.#repaint(), REPAINT_MS).unref()
    this.#showCursor = () => terminal.write(SHOW_CURSOR)
    // However the process ends, the terminal gets its cursor back.
    process.on('exit', this.#showCursor)
    terminal.write(HIDE_CURSOR)
  }

  event(event: RunEvent): void {
    if (event.type === 'warning') this.printAbove([this.#terminal.style('yellow', `warning: ${event.message}`)])
  }

  notice(text: string): void {
    this.#notice = text
    this.#repaint()
  }

  /** Writes lines that stay. Of their escapes only colours get through. */
  printAbove(lines: readonly string[]): void {
    for (const line of lines) this.#waiting.push(sanitizeColouredLine(line))
    if (this.#waiting.length >= MAX_WAITING_LINES) this.#flush()
  }

  close(): void {
    clearInterval(this.#ticker)
    this.#flush()
    this.#paint.clear()
    this.#showCursor()
    process.off('exit', this.#showCursor)
  }

  #flush(): void {
    if (this.#waiting.length === 0) return
    const lines = this.#waiting
    this.#waiting = []
    this.#paint.persist(lines.join('\n'))
  }

  #repaint(): void {
    this.#flush()
    const { columns, rows } = terminalSize(this.#terminal.stream)
    const { style } = this.#terminal
    // The line below the frame belongs to the cursor, and the last column to terminals that wrap early.
    const frame = liveFrame(this.#model, {
      now: Date.now(),
      columns: columns - 1,
      rows: rows - 1,
      style,
      ...(this.#notice === undefined ? {} : { notice: this.#notice }),
    })
    if (frame.length > 0) this.#paint(frame.join('\n'))
  }
}

/** What log-update needs of a stream, past the diversion of the real one. */
function drawingStream({ stream, write }: Terminal): NodeJS.WritableStream {
  const drawing = {
    isTTY: true,
    get columns() {
      return terminalSize(stream).columns
    },
    get rows() {
      return terminalSize(stream).rows
    },
    write: (text: string): boolean => {
      write(text)
      return true
    },
  }
  return drawing as unknown as NodeJS.WritableStream
}
