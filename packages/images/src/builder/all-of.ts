/**
 * Does several things at once, and ends the others where one fails. Rejects with that one's error after all have ended:
 * nothing goes on in the background.
 */
export async function allOf<Results extends readonly unknown[]>(
  signal: AbortSignal,
  tasks: { readonly [Index in keyof Results]: (signal: AbortSignal) => Promise<Results[Index]> },
): Promise<Results> {
  const failing = new AbortController()
  const either = AbortSignal.any([signal, failing.signal])
  const running = tasks.map(async (task) => {
    try {
      return await task(either)
    } catch (error) {
      // The first one is the reason of the others.
      failing.abort(error)
      throw error
    }
  })
  await Promise.allSettled(running)
  signal.throwIfAborted()
  if (failing.signal.aborted) throw failing.signal.reason
  return (await Promise.all(running)) as unknown as Results
}
