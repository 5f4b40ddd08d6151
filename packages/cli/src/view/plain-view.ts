import type { RunEvent } from '@sidestep/core'
import { plainLines } from './plain-lines.ts'
import type { RunModel } from './run-model.ts'
import type { RunView } from './run-view.ts'

/** Lines as they come, for pipes, files and CI. */
export class PlainView implements RunView {
  readonly #model: RunModel
  readonly #write: (text: string) => void

  constructor(model: RunModel, write: (text: string) => void) {
    this.#model = model
    this.#write = write
  }

  event(event: RunEvent): void {
    const lines = plainLines(event, this.#model)
    if (lines.length > 0) this.#write(`${lines.join('\n')}\n`)
  }

  notice(text: string): void {
    this.#write(`${text}\n`)
  }

  close(): void {}
}
