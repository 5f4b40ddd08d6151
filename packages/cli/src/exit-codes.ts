import { SidestepError } from '@sidestep/core'

/** Exit codes of every command. */
export const EXIT = { success: 0, failed: 1, wrongInput: 2, interrupted: 130 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Wrong input is told apart from what failed on the way. */
export function exitCodeOf(error: unknown): ExitCode {
  return SidestepError.isInstance(error) && error.kind === 'config' ? EXIT.wrongInput : EXIT.failed
}
