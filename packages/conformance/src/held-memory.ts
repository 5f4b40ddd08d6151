import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/** Bytes that this process holds now: what is only waiting for the garbage collector does not count. */
export function heldMemory(): number {
  collect ??= garbageCollector()
  // Buffers that the first one finds are freed beside it.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Works in a process that was started without `--expose-gc` too. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
