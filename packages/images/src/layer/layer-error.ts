import { configError, messageOf, SidestepError } from '@sidestep/core/component'

/** What can never become a layer as it is. */
export function layerError(message: string, hint?: string, cause?: unknown): SidestepError {
  return configError('IMAGE_INVALID', message, hint, cause)
}

/** A file that cannot be read: its name and the system's own words. */
export function unreadable(path: string, cause: unknown): SidestepError {
  return layerError(
    `${shown(path)} cannot be read: ${messageOf(cause)}`,
    'Make it readable for this user, or leave it out.',
    cause,
  )
}

/** A file whose bytes are not those that it began with. Trying again may well work. */
export function changedWhileRead(path: string, what: string): SidestepError {
  return new SidestepError(`${shown(path)} changed while it was read: ${what}`, {
    code: 'IMAGE_FAILED',
    kind: 'infra',
    hint: 'Build again when nothing writes to it, or leave it out.',
  })
}

/** The place where a layer goes cannot take it: a full disk, a folder that is gone. */
export function notWritable(path: string, cause: unknown): never {
  throw new SidestepError(`the layer ${shown(path)} cannot be written: ${messageOf(cause)}`, {
    code: 'IMAGE_FAILED',
    kind: 'infra',
    cause,
  })
}

/** A path as a message shows it: control characters escaped, and of a very long one its end. */
export function shown(path: string): string {
  const escaped = JSON.stringify(path).slice(1, -1)
  return escaped.length > 300 ? `…${escaped.slice(-299)}` : escaped
}
