import type { LogEvent } from './log-store.ts'

/** A page has so many events at most, and so many bytes: GetLogEvents and FilterLogEvents of the API. */
export const MAX_EVENTS = 10_000
const MAX_BYTES = 1024 * 1024
/** What an event counts beside its text, in bytes. */
const EVENT_BYTES = 26
/** The services look through a span of time in one call: where the next event is later than that, a page is empty, and others follow. */
export const SPAN_MS = 3_600_000

/** How many of the first events make a page. At least one of them fits. */
export function pageLength(events: Iterable<LogEvent>, limit: number): number {
  let count = 0
  let bytes = 0
  let first: number | undefined
  for (const { message, timestamp } of events) {
    first ??= timestamp
    bytes += Buffer.byteLength(message) + EVENT_BYTES
    const isFull = count >= limit || (bytes > MAX_BYTES && count > 0)
    if (isFull || Math.abs(timestamp - first) > SPAN_MS) break
    count += 1
  }
  return count
}
