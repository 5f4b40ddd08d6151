import { codeOf, SidestepError, systemRefusalHint } from '@sidestep/core/project'

/**
 * Whether a command did nothing because of what it was given: its input, or a place for the project's state that cannot be
 * used (a full disk, a journal that is damaged or locked).
 */
export function isRefusal(error: unknown): boolean {
  return isWrongInput(error) || codeOf(error) === 'JOURNAL_FAILED' || systemRefusalHint(error) !== undefined
}

/** Whether an error is about the input. */
export function isWrongInput(error: unknown): boolean {
  return SidestepError.isInstance(error) && error.kind === 'config'
}
