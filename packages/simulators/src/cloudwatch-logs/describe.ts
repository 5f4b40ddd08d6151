import type { AwsJsonCall } from '../aws-json/aws-json-call.ts'
import { PageTokenError, pageOf, type Page, type PageOptions } from '../ground/pages.ts'
import { compareUtf8 } from '../ground/utf8-order.ts'
import { groupArn, groupOf, nameOf, type GroupName } from './groups.ts'
import type { LogGroup, LogStream } from './log-store.ts'
import { invalidParameter } from './logs-errors.ts'
import type { LogsState } from './logs-state.ts'

/** Of a page, where the request says none; it is the most, too. */
const PAGE_SIZE = 50

/** `DescribeLogStreamsRequest` of the API. */
export interface DescribeLogStreamsRequest extends GroupName {
  readonly logStreamNamePrefix?: string
  readonly orderBy?: 'LogStreamName' | 'LastEventTime'
  readonly descending?: boolean
  readonly nextToken?: string
  readonly limit?: number
}

/** Lists the streams of a group. */
export function describeLogStreams(call: AwsJsonCall<DescribeLogStreamsRequest>, { logs, clock }: LogsState): unknown {
  const { nextToken: token, limit = PAGE_SIZE, ...filters } = call.request
  const { orderBy = 'LogStreamName', descending = false, logStreamNamePrefix: prefix = '' } = filters
  if (orderBy === 'LastEventTime' && prefix !== '') {
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')
  }
  const group = groupOf(filters, call.region, logs)
  const latest = clock.now() - call.exchange.staleMs()
  const streams = [...group.streams.values()].filter(
    ({ name, createdAt }) => name.startsWith(prefix) && createdAt <= latest,
  )
  const keyOf = ({ name, events }: LogStream): string =>
    orderBy === 'LogStreamName' ? name : `${String(events.at(-1)?.timestamp ?? 0).padStart(15, '0')} ${name}`
  const compare = descending ? (left: string, right: string): number => compareUtf8(right, left) : compareUtf8
  const list = JSON.stringify([groupArn(group), orderBy, descending, prefix])
  const sorted = streams.toSorted((left, right) => compare(keyOf(left), keyOf(right)))
  const { items, next } = page(sorted, { size: limit, token, list, keyOf, compare })
  return {
    logStreams: items.map((stream) => streamDocument(group, stream)),
    ...(next === undefined ? {} : { nextToken: next }),
  }
}

/** `DescribeLogGroupsRequest` of the API. */
export interface DescribeLogGroupsRequest {
  readonly accountIdentifiers?: readonly string[]
  readonly logGroupNamePrefix?: string
  /** A part of the name, whatever its case. */
  readonly logGroupNamePattern?: string
  readonly nextToken?: string
  readonly limit?: number
  readonly includeLinkedAccounts?: boolean
  readonly logGroupClass?: string
  readonly logGroupIdentifiers?: readonly string[]
}

/** Lists the groups of a region. */
export function describeLogGroups(call: AwsJsonCall<DescribeLogGroupsRequest>, { logs, clock }: LogsState): unknown {
  const { nextToken: token, limit = PAGE_SIZE, ...filters } = call.request
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupIdentifiers: names } = filters
  if ([prefix, pattern, names].filter((one) => one !== undefined).length > 1) {
    throw invalidParameter(
      'logGroupNamePrefix, logGroupNamePattern and logGroupIdentifiers are mutually exclusive parameters.',
    )
  }
  const isOther = filters.logGroupClass !== undefined && filters.logGroupClass !== 'STANDARD'
  const latest = clock.now() - call.exchange.staleMs()
  const groups = logs
    .groups(call.region)
    .filter(
      ({ name, createdAt }) =>
        !isOther &&
        createdAt <= latest &&
        name.startsWith(prefix ?? '') &&
        name.toLowerCase().includes((pattern ?? '').toLowerCase()) &&
        (names === undefined || names.map(nameOf).includes(name)),
    )
  const list = JSON.stringify([call.region, Object.entries(filters)])
  const { items, next } = page(groups, { size: limit, token, list, keyOf: ({ name }) => name })
  return { logGroups: items.map(groupDocument), ...(next === undefined ? {} : { nextToken: next }) }
}

function page<T>(items: readonly T[], options: PageOptions<T>): Page<T> {
  try {
    return pageOf(items, options)
  } catch (error) {
    if (error instanceof PageTokenError) throw invalidParameter('The specified nextToken is invalid.')
    throw error
  }
}

function streamDocument(group: LogGroup, { name, createdAt, events }: LogStream): Readonly<Record<string, unknown>> {
  const last = events.at(-1)
  return {
    logStreamName: name,
    creationTime: createdAt,
    ...(last === undefined
      ? {}
      : {
          firstEventTimestamp: events[0]?.timestamp,
          lastEventTimestamp: last.timestamp,
          lastIngestionTime: last.ingestionTime,
        }),
    uploadSequenceToken: '49000000000000000000000000000000000000000000000000000000',
    arn: `${groupArn(group)}:log-stream:${name}`,
    storedBytes: 0,
  }
}

function groupDocument(group: LogGroup): Readonly<Record<string, unknown>> {
  const texts = [...group.streams.values()].flatMap(({ events }) => events.map(({ message }) => message))
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    metricFilterCount: 0,
    arn: `${groupArn(group)}:*`,
    storedBytes: texts.reduce((sum, message) => sum + Buffer.byteLength(message), 0),
    logGroupClass: 'STANDARD',
    logGroupArn: groupArn(group),
  }
}
