/** The time of a simulator. All times that it answers, and all that it waits, are of this clock. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves when so many milliseconds of this clock have gone by. Rejects with the signal's reason. */
  wait(ms: number, options: { readonly signal: AbortSignal }): Promise<void>
}
