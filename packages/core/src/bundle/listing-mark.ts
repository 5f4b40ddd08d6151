/** Stands before the one line of `--list-steps` that is meant for the launcher: the module may print what it likes. */
export const LISTING_MARK = '\u001e'
