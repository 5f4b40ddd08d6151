/** A delay that doubles from `firstMs` to `longestMs`, with up to a quarter taken off at random. `n` counts from 0. */
export function backoffMs(
  n: number,
  {
    firstMs,
    longestMs,
    random,
  }: { readonly firstMs: number; readonly longestMs: number; readonly random: () => number },
): number {
  const full = Math.min(firstMs * 2 ** n, longestMs)
  return full * (1 - random() / 4)
}
