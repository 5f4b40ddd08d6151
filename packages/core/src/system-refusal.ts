import { codeOf, SidestepError } from './errors.ts'

const MAKE_ROOM = 'Make room on the disk, or set SIDESTEP_HOME to a folder on another one.'
const GIVE_RIGHT = 'Give this user the right to it, or set SIDESTEP_HOME to a folder that can be written to.'
const MORE_FILES = 'Allow more open files (ulimit -n), or end what holds many of them.'

const HINTS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', MAKE_ROOM],
  ['EDQUOT', MAKE_ROOM],
  ['EROFS', 'Its file system is read-only: set SIDESTEP_HOME to a folder that can be written to.'],
  ['EACCES', GIVE_RIGHT],
  ['EPERM', GIVE_RIGHT],
  ['EMFILE', MORE_FILES],
  ['ENFILE', MORE_FILES],
])

/** What to do where the operating system refused something; `undefined` for every other error. */
export function systemRefusalHint(error: unknown): string | undefined {
  if (SidestepError.isInstance(error) || !(error instanceof Error) || !('syscall' in error)) return undefined
  return HINTS.get(codeOf(error) ?? '')
}
