/** What a stratified split makes of rows. */
export interface Split<T> {
  readonly training: T[]
  readonly heldOut: T[]
}

/**
 * Holds back a share of every class, so that both parts have the classes in the same proportion. The same seed gives
 * the same split.
 */
export function stratifiedSplit<T>(
  rows: readonly T[],
  options: { readonly classOf: (row: T) => string; readonly heldOutShare: number; readonly seed: number },
): Split<T> {
  const random = mulberry32(options.seed)
  const training: T[] = []
  const heldOut: T[] = []
  for (const group of Map.groupBy(rows, options.classOf).values()) {
    const shuffled = shuffle(group, random)
    const size = Math.round(group.length * options.heldOutShare)
    heldOut.push(...shuffled.slice(0, size))
    training.push(...shuffled.slice(size))
  }
  return { training, heldOut }
}

/** Fisher and Yates. */
function shuffle<T>(rows: readonly T[], random: () => number): T[] {
  const shuffled = [...rows]
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const row = shuffled[last] as T
    shuffled[last] = shuffled[other] as T
    shuffled[other] = row
  }
  return shuffled
}

/** Numbers from 0 up to 1 that depend on nothing but the seed. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
