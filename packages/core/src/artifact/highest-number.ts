/** The highest number that exists, where all below it do; 0 where none does. Asks a logarithmic number of times. */
export async function highestNumber(exists: (n: number) => Promise<boolean>): Promise<number> {
  let high = 1
  while (await exists(high)) high *= 2
  let low = Math.floor(high / 2)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (await exists(middle)) low = middle
    else high = middle
  }
  return low
}
