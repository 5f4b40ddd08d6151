/** What the steps compute, so that the driver can compute it too. */

/** Given to the pipeline. */
export interface MatrixInput {
  readonly seed: number
  /** Absolute path: evidence and gates lie there. */
  readonly folder: string
  /** That each job prints, half of them before its gate. */
  readonly lines: number
  /** Calls a step that the second version of the code does not call. */
  readonly extra?: boolean
  /** Attempts of the step `flaky` that fail. Absent: it is not called. */
  readonly flaky?: number
  /** Calls a step that fails while the others run. */
  readonly breaks?: boolean
  /** Calls a step that uses up this budget. */
  readonly budget?: 'queue' | 'run' | 'total'
}

export type Part = 'left' | 'right'

export interface MatrixResult {
  readonly left: number
  readonly right: number
  readonly joined: number
  readonly extra?: number
  readonly flaky?: number
  readonly total: number
}

export function numbersOf(seed: number): number[] {
  return Array.from({ length: 50 }, (_, i) => (seed * 31 + i * i * 7919) % 10_007)
}

export function sumOf(part: Part, numbers: readonly number[]): number {
  return numbers.reduce((sum, n, i) => (i % 2 === (part === 'left' ? 0 : 1) ? sum + n : sum), 0)
}

export function joinedOf(left: number, right: number): number {
  return (left * 3 + right) % 1_000_003
}

export function extraOf(numbers: readonly number[]): number {
  return Math.max(...numbers)
}

export function flakyOf(numbers: readonly number[]): number {
  return Math.min(...numbers)
}

/** What the pipeline returns, computed here and now. */
export function expectedResult({ seed, flaky, extra: more }: MatrixInput, version: number): MatrixResult {
  const numbers = numbersOf(seed)
  const left = sumOf('left', numbers)
  const right = sumOf('right', numbers)
  const joined = joinedOf(left, right)
  const extra = more === true && version === 1 ? { extra: extraOf(numbers) } : {}
  const again = flaky === undefined ? {} : { flaky: flakyOf(numbers) }
  return { left, right, joined, ...extra, ...again, total: joined + (extra.extra ?? 0) + (again.flaky ?? 0) }
}

export function lineOf(step: string, n: number): string {
  return `${step} says line ${n}`
}
