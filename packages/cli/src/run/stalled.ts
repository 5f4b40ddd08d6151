/**
 * The promise, or an error where the process ran out of things to do before it was settled: Node would exit without
 * a word then.
 */
export async function unlessStalled<T>(promise: Promise<T>, errorOf: () => Error): Promise<T> {
  const { promise: stalled, reject } = Promise.withResolvers<never>()
  const listener = (): void => reject(errorOf())
  process.once('beforeExit', listener)
  try {
    return await Promise.race([promise, stalled])
  } finally {
    process.off('beforeExit', listener)
  }
}
