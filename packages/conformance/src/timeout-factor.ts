/** The factor itself, or 1 where none is given. Throws a `TypeError` for what is no number of at least 1. */
export function checkedFactor(factor: number | undefined): number {
  if (factor === undefined) return 1
  if (Number.isFinite(factor) && factor >= 1) return factor
  const given = typeof factor === 'string' ? JSON.stringify(factor) : String(factor)
  throw new TypeError(`timeoutFactor must be a number of at least 1, and is ${given}`)
}
