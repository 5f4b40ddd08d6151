import { AssertionError } from 'node:assert'
import { inspect } from 'node:util'

/** What a check has found, told so that whoever reads it knows what to do. */
export interface Finding {
  /** What was seen, of what. */
  readonly seen: string
  /** What must hold instead. */
  readonly must: string
  /** Where to look, and what to change. */
  readonly mend: string
}

/** Throws an `AssertionError` with the finding, unless the condition holds. */
export function hold(condition: unknown, finding: Finding | (() => Finding)): asserts condition {
  if (condition === true) return
  const { seen, must, mend } = typeof finding === 'function' ? finding() : finding
  const message = `${seen}\n  must: ${must}\n  mend: ${mend}`
  throw new AssertionError({ message, stackStartFn: hold })
}

/** A value on one line or a few, as findings show it. */
export function shown(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: 120, maxStringLength: 400, maxArrayLength: 20 })
}
