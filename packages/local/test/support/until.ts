import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again until there is an answer other than `undefined` and `false`. Throws after the deadline. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs: number = 45_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs
  while (performance.now() < deadline) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await sleep(10)
  }
  throw new Error(`waited ${deadlineMs} ms in vain: ${what}`)
}
