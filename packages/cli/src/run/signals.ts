const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * In milliseconds: what comes within this time of the first signal says the same once more. npx and timeout(1) pass
 * on what their whole group gets anyway, and a service manager sends SIGTERM and SIGHUP together.
 */
const SAME_WISH_MS = 500

/** What this process does when it is asked to end. */
export interface SignalActions {
  /** The first signal: end the run in order. */
  first(signal: NodeJS.Signals): void
  /** Every further one, but for echoes of the first: leave at once. */
  again(signal: NodeJS.Signals): void
}

/** Listens to Ctrl-C, a polite kill and a closed terminal. Returns what stops listening. */
export function onSignals({ first, again }: SignalActions): () => void {
  let firstAt: number | undefined
  const listener = (signal: NodeJS.Signals): void => {
    const now = performance.now()
    if (firstAt === undefined) {
      firstAt = now
      first(signal)
    } else if (now - firstAt >= SAME_WISH_MS) {
      again(signal)
    }
  }
  for (const signal of SIGNALS) process.on(signal, listener)
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener)
  }
}
