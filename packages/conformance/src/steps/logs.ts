import { step, type Step } from '@sidestep/core'

import { began, BEGAN } from './began.ts'
import { SETTINGS } from './settings.ts'

/** Longer than lines are kept in one piece, with characters of several bytes. */
const LONG_LINE = `${'0123456789 größer '.repeat(10_000)}!`

/** What {@link prints} writes to its standard output: the last line has no line end. */
export const PRINTED: readonly string[] = [
  ...Array.from({ length: 1_000 }, (_, index) => `out ${index}`),
  LONG_LINE,
  '',
  '\ttab, "quotes", \u001b[1mbold\u001b[22m and 日本語',
  ...Array.from({ length: 1_000 }, (_, index) => `out ${1_000 + index}`),
  'the end, without a line end',
]

/** What it writes to its standard error. */
export const COMPLAINED: readonly string[] = Array.from({ length: 200 }, (_, index) => `err ${index}`)

/** All that its log has, by stream. */
export const LOGGED: Readonly<Record<'stdout' | 'stderr', readonly string[]>> = {
  stdout: [BEGAN, ...PRINTED],
  stderr: COMPLAINED,
}

/** Prints a lot, and ends at once. */
export const prints: Step<undefined, void> = step({ name: 'prints', stepOperator: true, settings: SETTINGS }, () => {
  began()
  process.stderr.write(`${COMPLAINED.join('\n')}\n`)
  process.stdout.write(PRINTED.join('\n'))
})
