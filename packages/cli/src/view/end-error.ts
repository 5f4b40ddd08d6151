import { FAILURE_KINDS, SidestepError, type ErrorCode, type FailureKind, type RunEndError } from '@sidestep/core'

/** The error of a run's end as an error again, for the report: what its events told is not always there. */
export function endError(recorded: RunEndError): Error {
  const { name, message, code, kind, hint, cause, stack } = recorded
  const options = cause === undefined ? {} : { cause: endError(cause) }
  const error =
    isKind(kind) && code !== undefined
      ? new SidestepError(message, { code: code as ErrorCode, kind, ...options, ...(hint && { hint }) })
      : Object.assign(new Error(message, options), { name }, code && { code }, hint && { hint })
  // Where it was thrown, not where it is made again.
  error.stack = stack ?? `${name}: ${message}`
  return error
}

function isKind(kind: string | undefined): kind is FailureKind {
  return (FAILURE_KINDS as readonly (string | undefined)[]).includes(kind)
}
