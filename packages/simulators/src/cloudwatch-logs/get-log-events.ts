import { isDeepStrictEqual } from 'node:util'

import type { AwsJsonCall } from '../aws-json/aws-json-call.ts'
import { MAX_EVENTS, pageLength, SPAN_MS } from './event-page.ts'
import { groupArn, groupOf, streamOf, type GroupName } from './groups.ts'
import type { LogEvent } from './log-store.ts'
import type { LogsState } from './logs-state.ts'
import { readStreamToken, streamToken, type StreamPosition } from './stream-token.ts'

/** `GetLogEventsRequest` of the API. */
export interface GetLogEventsRequest extends GroupName {
  readonly logStreamName: string
  /** In milliseconds since 1970; events of this time are read. */
  readonly startTime?: number
  /** Events of this time are not read. */
  readonly endTime?: number
  readonly nextToken?: string
  readonly limit?: number
  /** Without a token: the earliest events, not the latest. */
  readonly startFromHead?: boolean
}

/**
 * Reads a stream. There is always a token to go on with, in both directions: at the end it is the one that was given. A page may be empty
 * before the end, where a stream was silent for more than an hour.
 */
export function getLogEvents(call: AwsJsonCall<GetLogEventsRequest>, { logs, clock }: LogsState): unknown {
  const { request, region, exchange } = call
  const {
    logStreamName,
    nextToken,
    limit = MAX_EVENTS,
    startFromHead = false,
    startTime = 0,
    endTime = Infinity,
  } = request
  const group = groupOf(request, region, logs)
  const now = clock.now()
  const staleMs = exchange.staleMs()
  const events = streamOf(group, logStreamName).events.filter(({ ingestionTime }) => ingestionTime <= now - staleMs)
  const stream = `${groupArn(group)}:${logStreamName}`
  const from = indexOf(events, startTime)
  const to = Math.max(from, indexOf(events, endTime))
  const start: StreamPosition =
    nextToken === undefined
      ? { direction: startFromHead ? 'forward' : 'backward', index: startFromHead ? from : to, isPastSilence: true }
      : readStreamToken(nextToken, stream, now)
  const { shown, ...page } = pageAt(start, { events, from, to, limit })
  const tokenOf = (position: StreamPosition): string => {
    const isStill = nextToken !== undefined && isDeepStrictEqual(position, start)
    return isStill ? nextToken : streamToken(position, stream, now)
  }
  return {
    events: shown.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: tokenOf(page.next),
    nextBackwardToken: tokenOf(page.before),
  }
}

interface Page {
  readonly shown: readonly LogEvent[]
  readonly before: StreamPosition
  readonly next: StreamPosition
}

/** Of the events from `from` to before `to`. */
interface Window {
  readonly events: readonly LogEvent[]
  readonly from: number
  readonly to: number
  readonly limit: number
}

function pageAt(start: StreamPosition, { events, from, to, limit }: Window): Page {
  const isForward = start.direction === 'forward'
  const index = isForward ? Math.max(start.index, from) : Math.min(start.index, to)
  const ahead = isForward
    ? events.slice(index, Math.max(index, to))
    : events.slice(Math.min(from, index), index).toReversed()
  const isSilent = !start.isPastSilence && ahead.length > 0 && isLong(events[index - 1], events[index])
  const count = isSilent ? 0 : pageLength(ahead, limit)
  const shown = isForward ? ahead.slice(0, count) : ahead.slice(0, count).toReversed()
  // At the end, the same token leads to what may come.
  const isStill = count === 0 && !isSilent
  const own: StreamPosition = { ...start, index: isForward ? index + count : index - count, isPastSilence: isSilent }
  const other: StreamPosition = { direction: isForward ? 'backward' : 'forward', index, isPastSilence: false }
  const further = isStill ? start : own
  return isForward ? { shown, next: further, before: other } : { shown, next: other, before: further }
}

function isLong(before: LogEvent | undefined, after: LogEvent | undefined): boolean {
  return before !== undefined && after !== undefined && after.timestamp - before.timestamp > SPAN_MS
}

/** Of the first event that is not before a time. */
function indexOf(events: readonly LogEvent[], time: number): number {
  const index = events.findIndex(({ timestamp }) => timestamp >= time)
  return index === -1 ? events.length : index
}
