/** Of the code: a run that began with another one goes on only when told to. The second one calls fewer steps. */
export const VERSION: number = 1
