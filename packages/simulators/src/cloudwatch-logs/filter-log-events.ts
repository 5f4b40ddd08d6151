import type { AwsJsonCall } from '../aws-json/aws-json-call.ts'
import { PageTokenError, pageOf } from '../ground/pages.ts'
import { MAX_EVENTS, pageLength } from './event-page.ts'
import { readFilterPattern } from './filter-pattern.ts'
import { groupArn, groupOf, streamOf, type GroupName } from './groups.ts'
import type { LogEvent, LogGroup } from './log-store.ts'
import { invalidParameter } from './logs-errors.ts'
import type { LogsState } from './logs-state.ts'

/** `FilterLogEventsRequest` of the API. */
export interface FilterLogEventsRequest extends GroupName {
  readonly logStreamNames?: readonly string[]
  readonly logStreamNamePrefix?: string
  /** In milliseconds since 1970; events of this time are read. */
  readonly startTime?: number
  /** Events of this time are read, too. */
  readonly endTime?: number
  readonly filterPattern?: string
  readonly nextToken?: string
  readonly limit?: number
  readonly startFromHead?: boolean
}

/**
 * Reads several streams at once, by time. A page is cut before its events are filtered: it may be empty, and others follow. What comes later
 * with an earlier time than a token's is not read with it.
 */
export function filterLogEvents(call: AwsJsonCall<FilterLogEventsRequest>, { logs, clock }: LogsState): unknown {
  const { nextToken: token, limit = MAX_EVENTS, ...filters } = call.request
  const { filterPattern = '', startTime = 0, endTime = Infinity, startFromHead = true } = filters
  if (startTime > endTime) throw invalidParameter('endTime must not be before startTime')
  const group = groupOf(filters, call.region, logs)
  const isWanted = readFilterPattern(filterPattern)
  const latest = clock.now() - call.exchange.staleMs()
  const events = namedStreams(group, filters)
    .flatMap((stream) => stream.events)
    .filter((event) => event.timestamp >= startTime && event.timestamp <= endTime && event.ingestionTime <= latest)
    .toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1))
  const ordered = startFromHead ? events : events.toReversed()
  const compare = (left: string, right: string): number => (left < right ? -1 : left === right ? 0 : 1)
  try {
    const list = JSON.stringify([
      groupArn(group),
      Object.entries(filters).toSorted(([left], [right]) => compare(left, right)),
    ])
    const order = {
      list,
      keyOf,
      compare: startFromHead ? compare : (left: string, right: string) => compare(right, left),
    }
    const { items: rest } = pageOf(ordered, { size: Math.max(1, ordered.length), token, ...order })
    const { items, next } = pageOf(ordered, { size: Math.max(1, pageLength(rest, limit)), token, ...order })
    return {
      events: items.filter(({ message }) => isWanted(message)).map(filteredEvent),
      searchedLogStreams: [],
      ...(next === undefined ? {} : { nextToken: next }),
    }
  } catch (error) {
    if (error instanceof PageTokenError) throw invalidParameter('The specified nextToken is invalid.')
    throw error
  }
}

function namedStreams(
  group: LogGroup,
  { logStreamNames: names, logStreamNamePrefix: prefix }: FilterLogEventsRequest,
): readonly { readonly events: readonly LogEvent[] }[] {
  if (names !== undefined && prefix !== undefined) {
    throw invalidParameter('You cannot specify both logStreamNames and logStreamNamePrefix in the same request.')
  }
  if (names !== undefined) return [...new Set(names)].map((name) => streamOf(group, name))
  return [...group.streams.values()].filter(({ name }) => prefix === undefined || name.startsWith(prefix))
}

/** By time, then in the order in which they came. */
function keyOf({ timestamp, number }: LogEvent): string {
  return `${String(timestamp).padStart(15, '0')} ${String(number).padStart(15, '0')}`
}

function filteredEvent({
  stream,
  timestamp,
  message,
  ingestionTime,
  eventId,
}: LogEvent): Readonly<Record<string, unknown>> {
  return { logStreamName: stream, timestamp, message, ingestionTime, eventId }
}
