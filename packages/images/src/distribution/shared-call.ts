/** Waits for what others wait for too: the signal ends the waiting, not the call. Rejects with the signal's reason. */
export async function waitFor<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([call, promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
