/** Name of the stack of a project that configures none. */
export const BUILT_IN_STACK = 'default'
