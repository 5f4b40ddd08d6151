/** What AWS calls it, where it has a name of its own. */
const NAMES: ReadonlySet<string> = new Set(['RequestExpired', 'RequestInTheFuture', 'RequestTimeTooSkewed'])

/** Elsewhere the name is that of any bad signature. */
const WORDS = /^signature (?:expired|not yet current)\b/i

/** What to do. It is refused from five minutes on, by S3 from fifteen. */
export const CLOCK_HINT =
  'The clock of this machine and that of AWS are too far apart. Set the one here, or see whether a proxy changes the Date of answers.'

/** Whether AWS refused a call because of the time that it was signed at: nothing was done, and the credentials may be good. Pure. */
export function isClockError(error: unknown): boolean {
  const { name, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly name?: unknown
    readonly message?: unknown
  }
  return (typeof name === 'string' && NAMES.has(name)) || (typeof message === 'string' && WORDS.test(message))
}
