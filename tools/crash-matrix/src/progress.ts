import { seconds } from './report.ts'

/** The last line of a terminal: how far it is, and how long it will take. In a pipe, nothing. */
export class Progress {
  readonly #kills: number
  #done = 0
  #shown = false

  constructor(kills: number) {
    this.#kills = kills
  }

  add(kills: number, elapsedMs: number): void {
    this.#done += kills
    if (!process.stdout.isTTY || this.#done === 0) return
    const leftMs = (elapsedMs / this.#done) * Math.max(this.#kills - this.#done, 0)
    process.stdout.write(
      `${this.#done} of ${this.#kills} kills in ${seconds(elapsedMs)}, about ${seconds(leftMs)} to go`,
    )
    this.#shown = true
  }

  clear(): void {
    if (this.#shown) process.stdout.write('\r\u001B[2K')
    this.#shown = false
  }
}
