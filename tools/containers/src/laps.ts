let last = performance.now()

/** Says on the standard error what was done, and how long it took since the last time. */
export function lap(what: string): void {
  const now = performance.now()
  process.stderr.write(
    `[${Math.round(now - last)
      .toString()
      .padStart(6)} ms] ${what}\n`,
  )
  last = now
}
