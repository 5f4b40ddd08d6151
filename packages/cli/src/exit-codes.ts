/** Exit codes of every command. */
export const EXIT = { success: 0, failed: 1, wrongInput: 2, interrupted: 130 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
