/** The repository of images that name no other one, below the stack's registry. */
export const DEFAULT_REPOSITORY = 'sidestep'
