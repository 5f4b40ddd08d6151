/**
 * The same stream, which ends with the signal's reason as soon as that aborts, also while it waits for the next piece. However it ends,
 * the source is told; it is waited for only where it is not busy with a piece that nobody wants any more.
 */
export async function* abortable(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  let giveUp: (() => void) | undefined
  const onAbort = (): void => giveUp?.()
  signal.addEventListener('abort', onAbort, { once: true })
  let isOver = false
  try {
    for (;;) {
      signal.throwIfAborted()
      // No `Promise.race` with one promise for all: that one would hold on to every piece.
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever the caller gave as the reason
        giveUp = (): void => reject(signal.reason)
        iterator.next().then(resolve, reject)
      })
      giveUp = undefined
      if (next.done === true) {
        isOver = true
        return
      }
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    const closing = isOver ? undefined : iterator.return?.()
    // Of a source that closes late, nobody hears any more.
    if (giveUp === undefined) await closing
    else closing?.catch(() => undefined)
  }
}
