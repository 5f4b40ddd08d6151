import type { SerializedError } from '../artifact/manifest.ts'
import { serializeError } from '../entrypoint/serialize-error.ts'
import { SidestepError, type ErrorCode, type FailureKind, type JobFailure } from '../errors.ts'
import { reviveError } from '../launch/step-failure.ts'
import type { RunEvent } from './run-events.ts'

/** Everything but log lines, which lie in the store. */
export type RecordedEvent = Exclude<RunEvent, { readonly type: 'log' }>

/** An error as the journal keeps it: what Sidestep's own ones say beside their message is kept too. */
interface RecordedError extends SerializedError {
  readonly sidestep?: {
    readonly code: ErrorCode
    readonly kind: FailureKind
    readonly hint?: string
    readonly job?: JobFailure
  }
  readonly cause?: RecordedError
}

/** An event as plain JSON. */
export function encodeEvent(event: RecordedEvent): object {
  return 'error' in event && event.error !== undefined ? { ...event, error: encodeError(event.error) } : event
}

/** The event that {@link encodeEvent} was given. Its error is one again, with the frames that it had. */
export function decodeEvent(json: object): RecordedEvent {
  const event = json as RecordedEvent
  if (!('error' in event) || event.error === undefined) return event
  return { ...event, error: decodeError(event.error as RecordedError) } as RecordedEvent
}

function encodeError(error: unknown, depth = 0): RecordedError {
  const { cause: _cause, properties, ...rest } = serializeError(error, {})
  const cause =
    error instanceof Error && error.cause !== undefined && depth < 8 ? encodeError(error.cause, depth + 1) : undefined
  const caused = cause === undefined ? {} : { cause }
  if (!SidestepError.isInstance(error)) return { ...rest, ...(properties && { properties }), ...caused }
  const { code, kind, hint, job } = error
  return { ...rest, ...caused, sidestep: { code, kind, ...(hint && { hint }), ...(job && { job }) } }
}

function decodeError(recorded: RecordedError): Error {
  const { sidestep, cause, ...rest } = recorded
  const revived = reviveError(rest, '')
  const revivedCause = cause === undefined ? {} : { cause: decodeError(cause) }
  if (sidestep === undefined) {
    if (cause !== undefined) Object.defineProperty(revived, 'cause', { value: revivedCause.cause, configurable: true })
    return revived
  }
  const error = new SidestepError(rest.message, { ...sidestep, ...revivedCause })
  Object.defineProperty(error, 'stack', { value: revived.stack, configurable: true, writable: true })
  return error
}
