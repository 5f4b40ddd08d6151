import type { Readable } from 'node:stream'

import { codeOf } from '../errors.ts'

/** How long, in all, an output is waited for after the end of the process that it belongs to. */
const DRAIN_MS = 1_000
/** More than a pipe holds: what comes beyond is printed by processes that were left behind. */
const DRAIN_BYTES = 2 ** 20

/**
 * Copies an output of a process to its end. Processes that the step left behind may hold it open and go on printing, so
 * once `exited` has resolved only what is in the pipe is copied: waiting for more ends after a second, and the time that
 * `write` takes is not counted.
 */
export async function copyOutput(
  output: Readable,
  write: (chunk: Uint8Array) => Promise<void>,
  exited: Promise<unknown>,
): Promise<void> {
  const drain = { begun: false, leftMs: DRAIN_MS, leftBytes: DRAIN_BYTES }
  let waitingSince: number | undefined
  let timer: NodeJS.Timeout | undefined
  const limitWaiting = (): void => {
    if (!drain.begun || waitingSince === undefined) return
    waitingSince = performance.now()
    timer = setTimeout(() => output.destroy(), drain.leftMs)
  }
  const endWaiting = (): void => {
    clearTimeout(timer)
    if (drain.begun && waitingSince !== undefined) drain.leftMs -= performance.now() - waitingSince
    waitingSince = undefined
  }
  void exited.then(() => {
    drain.begun = true
    limitWaiting()
  })
  try {
    waitingSince = performance.now()
    for await (const chunk of output as AsyncIterable<Uint8Array>) {
      endWaiting()
      await write(chunk)
      if (drain.begun) drain.leftBytes -= chunk.byteLength
      if (drain.leftBytes < 0) break
      waitingSince = performance.now()
      limitWaiting()
    }
  } catch (error) {
    // Destroyed after the drain: what a process left behind would print is nobody's any more.
    if (codeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  } finally {
    endWaiting()
  }
}
