import { SidestepError } from '../errors.ts'

/**
 * A value that cannot be stored. `what` says where and what (`result.model.predict is a function`). The kind is
 * `step`: it is the user's code that made the value.
 */
export function notStorable(what: string, hint: string, cause?: unknown): SidestepError {
  return new SidestepError(`cannot store the value: ${what}`, {
    code: 'VALUE_NOT_STORABLE',
    kind: 'step',
    hint,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Runs what makes one long text of a value, and says what is too much for it. `path` names the value. */
export function withinTextLimits<T>(path: string, encode: () => T): T {
  try {
    return encode()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    if (error.message.includes('call stack')) {
      throw notStorable(
        `${path} is nested too deeply`,
        'Store it as a flat list whose entries name each other by index, or as bytes.',
        error,
      )
    }
    throw notStorable(
      `${path} is too large for one text (${error.message})`,
      'Text holds about 512 MiB. Use typed arrays for numbers, a stream, or write a file and return fileAt(path).',
      error,
    )
  }
}
