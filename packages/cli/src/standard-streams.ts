import { fstatSync, writeSync } from 'node:fs'

/** By its name as a property of `process`. */
export type StandardStream = 'stdout' | 'stderr'

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const

/** Streams that are guarded and that nobody has used yet: Node makes one on first use, which takes as long as a small command. */
const unused = new Set<StandardStream>()

/** Why output was lost that somebody waits for: told at the end, so that a run goes on. */
let lost: Error | undefined

/** Whoever reads the output may stop reading (`| head`), or the terminal may be gone: no reason to complain. */
export function guardStreams(): void {
  for (const name of Object.keys(DESCRIPTORS) as StandardStream[]) {
    unused.add(name)
    onFirstUse(name, (stream) => {
      unused.delete(name)
      stream.on('error', (error) => {
        if (!isClosedPipe(error)) lost ??= error
      })
    })
  }
}

/** Calls `act` when a standard stream is next asked for. Returns what takes that back; after the call, it does nothing. */
export function onFirstUse(name: StandardStream, act: (stream: NodeJS.WriteStream) => void): () => void {
  const before = Object.getOwnPropertyDescriptor(process, name) ?? {}
  let isPending = true
  const restore = (): void => {
    if (isPending) Object.defineProperty(process, name, before)
    isPending = false
  }
  const get = (): NodeJS.WriteStream => {
    restore()
    const stream = process[name]
    act(stream)
    return stream
  }
  Object.defineProperty(process, name, { configurable: true, enumerable: true, get })
  return restore
}

/** Whether a stream is a terminal, without making the stream where it is not. */
export function isTerminal(name: StandardStream): boolean {
  return (!unused.has(name) || isDevice(DESCRIPTORS[name])) && process[name].isTTY
}

/** Writes text to a stream, and makes the stream only where the system does not take the text at once. */
export function writeTo(name: StandardStream, text: string): void {
  let bytes = Buffer.from(text)
  try {
    while (unused.has(name) && bytes.length > 0 && !isDevice(DESCRIPTORS[name])) {
      bytes = bytes.subarray(writeSync(DESCRIPTORS[name], bytes))
    }
  } catch (error) {
    if (isClosedPipe(error)) return
    // A pipe that is full, and that somebody has told not to wait.
    if (codeIn(error) !== 'EAGAIN') throw error
  }
  if (bytes.length > 0) process[name].write(bytes)
}

/** Waits until the system has taken all that was written. Resolves to why some of it is lost: a disk that is full. */
export async function flushStreams(): Promise<Error | undefined> {
  const used = (Object.keys(DESCRIPTORS) as StandardStream[]).filter((name) => !unused.has(name))
  await Promise.all(used.map((name) => flushed(process[name])))
  // Of an error that was just made, the event is still to come.
  const errors = [lost, ...used.map((name) => process[name].errored)]
  return errors.find((error) => error !== undefined && error !== null && !isClosedPipe(error)) ?? undefined
}

function isDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice()
  } catch {
    // It is closed: Node says what becomes of that.
    return true
  }
}

function isClosedPipe(error: unknown): boolean {
  return ['EPIPE', 'EIO'].includes(codeIn(error))
}

/** As `codeOf` of core, which is not loaded for a version. */
function codeIn(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writable) stream.write('', () => resolve())
    else resolve()
  })
}
