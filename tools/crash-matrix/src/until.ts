import { setTimeout as sleep } from 'node:timers/promises'

/** Thrown where something that had to come did not. */
export class InVain extends Error {
  override readonly name = 'InVain'
}

/** Asks every few milliseconds until there is an answer other than `undefined` and `false`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  options: { readonly timeoutMs?: number; readonly pauseMs?: number } = {},
): Promise<T> {
  const { timeoutMs = 60_000, pauseMs = 5 } = options
  const deadline = performance.now() + timeoutMs
  while (true) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > deadline) throw new InVain(`waited ${timeoutMs / 1000} s in vain: ${what}`)
    await sleep(pauseMs)
  }
}
