/** One number of a benchmark: a ratio, or an amount per item. Milliseconds depend on the machine and its day. */
export interface Figure {
  readonly what: string
  readonly value: number
  /** Default: none, the value is a ratio. */
  readonly unit?: string
  /** What it must not be above. */
  readonly target?: number
}

export interface Report {
  readonly title: string
  readonly figures: readonly Figure[]
  /** What is behind the figures. */
  readonly notes: readonly string[]
  /** Why nothing was measured. Absent: it was. */
  readonly skipped?: string
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** False where a figure is above its target, or could not be measured. */
export function isWithinTargets({ figures }: Report): boolean {
  return figures.every(({ value, target }) => target === undefined || value <= target)
}

export function printReport({ title, figures, notes, skipped }: Report): void {
  console.log(title)
  if (skipped !== undefined) console.log(`  SKIPPED: ${skipped}`)
  const width = Math.max(...figures.map(({ what }) => what.length))
  for (const { what, value, unit = '', target } of figures) {
    const shown = `${value.toFixed(unit === '' ? 2 : 1).padStart(7)}${unit === '' ? '' : ` ${unit}`}`
    console.log(`  ${what.padEnd(width)} ${shown}${target === undefined ? '' : `  ${verdict(value, target, unit)}`}`)
  }
  for (const note of notes) console.log(`  (${note})`)
}

function verdict(value: number, target: number, unit: string): string {
  const aim = `at most ${Number(target.toFixed(2))}${unit === '' ? '' : ` ${unit}`}`
  return value <= target ? `ok: ${aim}` : `ABOVE THE TARGET: ${aim}`
}
