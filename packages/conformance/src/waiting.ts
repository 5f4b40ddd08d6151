import { AssertionError } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a promise came to. */
export type Settled<T> =
  | { readonly value: T; readonly failed: false }
  | { readonly error: unknown; readonly failed: true }

/** How a call ended, as a value. */
export async function settled<T>(promise: Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await promise, failed: false }
  } catch (error) {
    return { error, failed: true }
  }
}

/** The same promise; rejects with an `AssertionError` of this message where it takes longer. */
export async function within<T>(promise: Promise<T>, milliseconds: number, message: string): Promise<T> {
  const over = new AbortController()
  const tooLong = async (): Promise<never> => {
    await sleep(milliseconds, undefined, { signal: over.signal })
    throw new AssertionError({ message: `${message} (waited ${milliseconds} ms)` })
  }
  try {
    return await Promise.race([promise, tooLong()])
  } finally {
    over.abort()
  }
}

/** Calls for each, at most so many at once. Rejects with the first error, after no more calls go on. */
export async function forAll<T>(
  items: Iterable<T>,
  atOnce: number,
  call: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  const entries = [...items].entries()
  let failed = false
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) {
      if (failed) return
      try {
        await call(item, index)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/** An error as a message shows it: its code, where it has one, and what it says. */
export function described(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error} ${String(error)}`
  const { code } = error as { readonly code?: unknown }
  return `${error.name}${typeof code === 'string' ? ` ${code}` : ''}: ${error.message}`
}
