import type { Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** An output stream of this process whose writers are diverted. */
export interface CapturedStream {
  /** Writes past the diversion. */
  write(text: string): void
  /** Ends the diversion. Calling it again does nothing. */
  release(): void
}

type Done = (error?: Error | null) => void

/**
 * Hands everything that is written to a stream of this process to `sink` instead: the console of steps that run in
 * this process would tear up a live view, or the JSON document on stdout.
 */
export function captureOutput(stream: Writable, sink: (text: string) => void): CapturedStream {
  const before = Object.getOwnPropertyDescriptor(stream, 'write')
  const original = stream.write.bind(stream)
  const decoder = new StringDecoder('utf8')
  const diverted = (chunk: string | Uint8Array, encodingOrDone?: BufferEncoding | Done, done?: Done): boolean => {
    const encoding = typeof encodingOrDone === 'string' ? encodingOrDone : 'utf8'
    sink(decoder.write(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk))
    const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done
    if (callback !== undefined) process.nextTick(callback)
    return true
  }
  Object.defineProperty(stream, 'write', { value: diverted, configurable: true, writable: true })
  let released = false
  return {
    write: (text) => void original(text),
    release() {
      if (released) return
      released = true
      // A diversion around this one goes on; without one, the method of the prototype shows again.
      if (before === undefined) Reflect.deleteProperty(stream, 'write')
      else Object.defineProperty(stream, 'write', before)
      const rest = decoder.end()
      if (rest !== '') sink(rest)
    },
  }
}
