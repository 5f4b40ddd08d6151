import type { WriteStream } from 'node:tty'
import { LiveView } from '../view/live-view.ts'
import { PlainView } from '../view/plain-view.ts'
import type { RunModel } from '../view/run-model.ts'
import type { RunView } from '../view/run-view.ts'
import { styleFor, type Style } from '../view/style.ts'
import { terminalSize } from '../view/terminal-size.ts'
import { captureOutput, type CapturedStream } from './capture-output.ts'
import { WholeLines } from './whole-lines.ts'

export interface RunOutputOptions {
  readonly stdout: WriteStream
  readonly stderr: WriteStream
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Keeps stdout for one JSON document: what else is written there goes to stderr. */
  readonly json: boolean
}

/** The two streams of a `run`: progress and diagnostics on stderr, the result on stdout. */
export class RunOutput {
  readonly style: Style
  readonly #options: RunOutputOptions
  readonly #stdout: CapturedStream | undefined
  #closeView: () => void = () => {}
  #view: RunView | undefined

  constructor(options: RunOutputOptions) {
    const { stdout, stderr, json } = options
    this.#options = options
    this.style = styleFor(stderr)
    this.#stdout = json ? captureOutput(stdout, (text) => void stderr.write(text)) : undefined
  }

  /** Width of the terminal on stderr; absent in a pipe. */
  get columns(): number | undefined {
    return this.#options.stderr.isTTY ? terminalSize(this.#options.stderr).columns : undefined
  }

  /** Shows the run from now on: live on a terminal, else as plain lines. */
  openView(model: RunModel): RunView {
    this.#view = isInteractive(this.#options) ? this.#openLiveView(model) : this.#openPlainView(model)
    return this.#view
  }

  /** Takes the view away; what follows is written as it comes. */
  closeView(): void {
    this.#view?.close()
    this.#closeView()
    this.#view = undefined
    this.#closeView = () => {}
  }

  diagnostic(lines: readonly string[]): void {
    if (lines.length > 0) this.#options.stderr.write(`${lines.join('\n')}\n`)
  }

  result(text: string): void {
    const line = text.endsWith('\n') ? text : `${text}\n`
    if (this.#stdout === undefined) this.#options.stdout.write(line)
    else this.#stdout.write(line)
  }

  #openPlainView(model: RunModel): RunView {
    return new PlainView(model, (text) => void this.#options.stderr.write(text))
  }

  /** The console of this process's steps goes above the frame, where both share the terminal. */
  #openLiveView(model: RunModel): RunView {
    const { stdout, stderr, json } = this.#options
    const lines = new WholeLines((whole) => view.printAbove(whole))
    const captured = captureOutput(stderr, (text) => lines.write(text))
    const streams = stdout.isTTY && !json ? [captured, captureOutput(stdout, (text) => lines.write(text))] : [captured]
    const view = new LiveView(model, { stream: stderr, write: (text) => captured.write(text), style: this.style })
    this.#closeView = () => {
      for (const stream of streams) stream.release()
    }
    return {
      event: (event) => view.event(event),
      notice: (text) => view.notice(text),
      close() {
        lines.end()
        view.close()
      },
    }
  }
}

/** A person watches: not a pipe, not CI, not a terminal that cannot move its cursor. */
function isInteractive({ stderr, environment }: RunOutputOptions): boolean {
  const ci = environment['CI'] ?? ''
  return stderr.isTTY && environment['TERM'] !== 'dumb' && (ci === '' || ci === '0' || ci === 'false')
}
