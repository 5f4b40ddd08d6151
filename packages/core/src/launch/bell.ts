import type { Clock } from '../clock.ts'

/** Wakes up one who waits. What rings while nobody waits is not lost. */
export class Bell {
  readonly #clock: Clock
  #rung: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  #alarm: { readonly atMs: number; readonly off: AbortController } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    this.#rung.resolve()
  }

  /** Waits until it rings; in `alarmMs` milliseconds at the latest, where that is given. */
  async wait(alarmMs: number | undefined): Promise<void> {
    if (alarmMs !== undefined) this.#setAlarm(this.#clock.now() + alarmMs)
    await this.#rung.promise
    this.#rung = Promise.withResolvers<void>()
  }

  off(): void {
    this.#alarm?.off.abort()
    this.#alarm = undefined
  }

  /** One timer for many waits: it is only set anew where it would ring too late. */
  #setAlarm(atMs: number): void {
    if (this.#alarm !== undefined && this.#alarm.atMs <= atMs) return
    this.off()
    const off = new AbortController()
    this.#alarm = { atMs, off }
    const rings = async (): Promise<void> => {
      await this.#clock.sleep(atMs - this.#clock.now(), { signal: off.signal })
      this.#alarm = undefined
      this.ring()
    }
    rings().catch((error: unknown) => {
      if (!off.signal.aborted) throw error
    })
  }
}
