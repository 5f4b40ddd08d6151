const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What this process does when it is asked to end. */
export interface SignalActions {
  /** The first signal: end the run in order. */
  first(signal: NodeJS.Signals): void
  /** Every further one: leave at once. */
  again(signal: NodeJS.Signals): void
}

/** Listens to Ctrl-C, a polite kill and a closed terminal. Returns what stops listening. */
export function onSignals({ first, again }: SignalActions): () => void {
  let seen = false
  const listener = (signal: NodeJS.Signals): void => {
    if (seen) return again(signal)
    seen = true
    first(signal)
  }
  for (const signal of SIGNALS) process.on(signal, listener)
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener)
  }
}
