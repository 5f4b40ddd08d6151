/** What every step of the suites has as its settings: they are written before a check, for the flavor that it is of. */
export const SETTINGS: Record<`step_operator.${string}`, object> = {}
