/** What is waited for, the innermost last: a run waits for the module of a flavor that it needs. */
const waiting: (() => void)[] = []

/**
 * The promise, or an error where the process ran out of things to do before it was settled: Node would exit without
 * a word then.
 */
export async function unlessStalled<T>(promise: Promise<T>, errorOf: () => Error): Promise<T> {
  const { promise: stalled, reject } = Promise.withResolvers<never>()
  const give = (): void => reject(errorOf())
  if (waiting.length === 0) process.on('beforeExit', giveUpInnermost)
  waiting.push(give)
  try {
    return await Promise.race([promise, stalled])
  } finally {
    waiting.splice(waiting.indexOf(give), 1)
    if (waiting.length === 0) process.off('beforeExit', giveUpInnermost)
  }
}

/** The others may go on without it, and wait for something else. */
function giveUpInnermost(): void {
  waiting.at(-1)?.()
  // Where nothing is left to do after this, Node would not ask again.
  setImmediate(() => undefined)
}
