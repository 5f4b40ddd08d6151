import type { RunEvent } from '@sidestep/core'
import { plainLines } from './plain-lines.ts'
import type { RunModel } from './run-model.ts'
import type { RunView } from './run-view.ts'

/** A step that is kept is known as such within milliseconds: so long nobody is told that it has started. */
const HOLD_MS = 500

/** Lines as they come, for pipes, files and CI. */
export class PlainView implements RunView {
  readonly #model: RunModel
  readonly #write: (text: string) => void
  /** By step run: what is said of its start unless it is kept. */
  readonly #held: Map<string, { readonly lines: readonly string[]; readonly timer: NodeJS.Timeout }> = new Map()

  constructor(model: RunModel, write: (text: string) => void) {
    this.#model = model
    this.#write = write
  }

  event(event: RunEvent): void {
    const lines = plainLines(event, this.#model)
    if ('stepRunId' in event) {
      const { stepRunId } = event
      if (event.type === 'step.started' && this.#model.launcher > 1) return this.#hold(stepRunId, lines)
      this.#release(stepRunId, { drop: event.type === 'step.succeeded' && event.kept === true })
    }
    this.#print(lines)
  }

  notice(text: string): void {
    this.#write(`${text}\n`)
  }

  close(): void {
    for (const stepRunId of this.#held.keys()) this.#release(stepRunId)
  }

  #hold(stepRunId: string, lines: readonly string[]): void {
    this.#release(stepRunId)
    const timer = setTimeout(() => this.#release(stepRunId), HOLD_MS).unref()
    this.#held.set(stepRunId, { lines, timer })
  }

  #release(stepRunId: string, { drop = false } = {}): void {
    const held = this.#held.get(stepRunId)
    if (held === undefined) return
    clearTimeout(held.timer)
    this.#held.delete(stepRunId)
    if (!drop) this.#print(held.lines)
  }

  #print(lines: readonly string[]): void {
    if (lines.length > 0) this.#write(`${lines.join('\n')}\n`)
  }
}
