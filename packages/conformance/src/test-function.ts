/**
 * How a runner takes a test: `test` of vitest and of `node:test` both fit. Tests of a suite are given one after the other, and
 * must not run at the same time.
 */
export type TestFunction = (name: string, options: { readonly timeout: number }, body: () => Promise<void>) => unknown

/** One check of a suite: what must hold, and how it is found out. */
export interface Check<Subject> {
  /** What must hold, as a sentence: `a step that throws is a failure of the kind step, with its message`. */
  readonly name: string
  /** In milliseconds. Default: 60,000. */
  readonly timeoutMs?: number
  /** Throws an `AssertionError` that says what is wrong and what to mend. */
  readonly run: (subject: Subject) => Promise<void>
}
