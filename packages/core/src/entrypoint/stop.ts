/** What a job knows of being told to stop. */
export interface Stop {
  /** The signal, once one came. */
  readonly received: NodeJS.Signals | undefined
  /** Resolves when the first one comes. */
  readonly requested: Promise<NodeJS.Signals>
  /** Milliseconds that writes may still take. */
  patienceMs(): number
}

/** The default of how long writes are tried while the store is away. */
const PATIENCE_MS = 15 * 60_000

/** Listens for SIGTERM and SIGINT, from which on only the grace is left. */
export function listenForStop(graceMs: () => number): Stop {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  const state: { received?: NodeJS.Signals; deadline?: number } = {}
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      state.received ??= signal
      state.deadline ??= performance.now() + graceMs()
      resolve(signal)
    })
  }
  return {
    get received() {
      return state.received
    },
    requested: promise,
    patienceMs: () => (state.deadline === undefined ? PATIENCE_MS : Math.max(0, state.deadline - performance.now())),
  }
}
