import { EXIT } from '../exit-codes.ts'
import { onSignals } from './signals.ts'

/** What happened to {@link interruptible}. */
export interface Interruptible {
  readonly interrupted: boolean
}

/**
 * Does something that Ctrl-C ends: the first signal aborts it, a second one leaves at once. What it rejects with after
 * a signal is that signal's doing.
 */
export async function interruptible(body: (signal: AbortSignal) => Promise<void>): Promise<Interruptible> {
  const stop = new AbortController()
  const stopListening = onSignals({
    first: () => stop.abort(),
    again: () => process.exit(EXIT.interrupted),
  })
  try {
    await body(stop.signal)
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    stopListening()
  }
  return { interrupted: stop.signal.aborted }
}
