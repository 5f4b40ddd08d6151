/** Between the year 1 and 1970, in units of 100 nanoseconds: the service's tags are such times. */
const EPOCH_TICKS = 621_355_968_000_000_000n

/** The ETag of what was written at this generation: about the microseconds since 1970. */
export function etagOf(generation: number): string {
  return `"0x${(BigInt(generation) * 10n + EPOCH_TICKS).toString(16).toUpperCase()}"`
}
