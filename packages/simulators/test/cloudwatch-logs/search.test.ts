import {
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  paginateFilterLogEvents,
  type FilterLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'
import { describe, expect, test } from 'vitest'

import { readFilterPattern } from '../../src/cloudwatch-logs/filter-pattern.ts'
import { errorOf } from '../sagemaker/cloud.ts'
import { GROUP, logs } from './logs.ts'

const aws = logs()

async function filter(input: Partial<FilterLogEventsCommandInput> = {}): Promise<{ lines: string[]; pages: number[] }> {
  const found = { lines: [] as string[], pages: [] as number[] }
  await aws.advance(1000)
  for await (const { events = [] } of paginateFilterLogEvents(
    { client: aws.client },
    { logGroupName: GROUP, ...input },
  )) {
    found.lines.push(...events.map(({ message = '' }) => message))
    found.pages.push(events.length)
    await aws.advance(1000)
  }
  return found
}

describe('FilterLogEvents', () => {
  test('reads several streams by time', async () => {
    await aws.write('job/algo-1-1', 'a1')
    await aws.write('job/algo-2-1', 'b1')
    await aws.write('job/algo-1-1', 'a2')
    await aws.write('other/algo-1-1', 'c')
    aws.writeAtOnce('job/algo-2-1', 'b2', 'b3')
    expect(await filter({ logStreamNamePrefix: 'job/' })).toEqual({ lines: ['a1', 'b1', 'a2', 'b2', 'b3'], pages: [5] })
    expect((await filter({ logStreamNames: ['job/algo-2-1', 'other/algo-1-1'] })).lines).toEqual([
      'b1',
      'c',
      'b2',
      'b3',
    ])
    expect(await filter({ limit: 2 })).toEqual({ lines: ['a1', 'b1', 'a2', 'c', 'b2', 'b3'], pages: [2, 2, 2] })
    expect((await filter({ startFromHead: false })).lines).toEqual(['b3', 'b2', 'c', 'a2', 'b1', 'a1'])
    const { events = [], searchedLogStreams } = await aws.client.send(
      new FilterLogEventsCommand({ logGroupName: GROUP }),
    )
    expect(searchedLogStreams).toEqual([])
    expect(events[0]).toMatchObject({
      logStreamName: 'job/algo-1-1',
      message: 'a1',
      eventId: expect.stringMatching(/^\d{56}$/),
    })
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(6)
  })

  test('cuts a page before it filters: some are empty', async () => {
    aws.writeAtOnce('job/algo-1-1', 'no', 'no', 'yes', 'no', 'no', 'no', 'yes')
    expect(await filter({ filterPattern: 'yes', limit: 2 })).toEqual({ lines: ['yes', 'yes'], pages: [0, 1, 0, 1] })
  })

  test('has both ends of a time', async () => {
    const at = aws.clock.now()
    await aws.write('job/algo-1-1', 'a', 'b', 'c', 'd')
    expect((await filter({ startTime: at + 1, endTime: at + 2 })).lines).toEqual(['b', 'c'])
  })

  test('refuses what cannot be', async () => {
    await aws.write('job/algo-1-1', 'a', 'b')
    const { nextToken } = await aws.client.send(new FilterLogEventsCommand({ logGroupName: GROUP, limit: 1 }))
    expect(await errorOf(filter({ nextToken, logStreamNamePrefix: 'x' }))).toBe(
      'InvalidParameterException: The specified nextToken is invalid.',
    )
    expect(await errorOf(filter({ logStreamNames: ['job/algo-1-1'], logStreamNamePrefix: 'job' }))).toMatch(
      /^InvalidParameterException/,
    )
    expect(await errorOf(filter({ logStreamNames: ['none'] }))).toBe(
      'ResourceNotFoundException: The specified log stream does not exist.',
    )
    expect(await errorOf(filter({ logGroupName: 'none' }))).toBe(
      'ResourceNotFoundException: The specified log group does not exist.',
    )
    expect(await errorOf(filter({ startTime: 2, endTime: 1 }))).toMatch(/endTime/)
    expect(await errorOf(filter({ filterPattern: '{ $.a = 1 }' }))).toMatch(/does not implement this filter pattern/)
  })

  test('of a list that lags behind, the latest are not read', async () => {
    await aws.write('job/algo-1-1', 'a')
    await aws.advance(5000)
    await aws.write('job/algo-1-1', 'b')
    aws.ground.addFaults({ operation: 'logs.FilterLogEvents', kind: 'stale-list', delayMs: 4000 })
    expect((await filter()).lines).toEqual(['a'])
    expect((await filter()).lines).toEqual(['a', 'b'])
  })
})

test.each([
  ['', ['', 'anything'], []],
  ['error', ['an error'], ['an Error']],
  ['a b', ['b a'], ['a', 'b']],
  ['"a b"', ['x a b'], ['b a']],
  ['"a \\"b\\""', ['a "b"'], ['a b']],
  ['a -b', ['a'], ['a b', 'c']],
  ['?a ?b', ['a', 'b'], ['c']],
  ['%exit code: [1-9]%', ['exit code: 7'], ['exit code: 0']],
])('the filter pattern %j', (pattern, right, wrong) => {
  const isWanted = readFilterPattern(pattern)
  expect(right.filter((message) => !isWanted(message))).toEqual([])
  expect(wrong.filter((message) => isWanted(message))).toEqual([])
})

test('streams are listed by name, or by their last event', async () => {
  const at = aws.clock.now()
  await aws.write('b/algo-1-1', '1')
  await aws.write('a/algo-1-1', '2')
  await aws.write('b/algo-2-1', '3', '4')
  const list = async (input: object): Promise<readonly (string | undefined)[]> => {
    const { logStreams = [] } = await aws.client.send(new DescribeLogStreamsCommand({ logGroupName: GROUP, ...input }))
    return logStreams.map(({ logStreamName }) => logStreamName)
  }
  expect(await list({})).toEqual(['a/algo-1-1', 'b/algo-1-1', 'b/algo-2-1'])
  expect(await list({ logStreamNamePrefix: 'b/' })).toEqual(['b/algo-1-1', 'b/algo-2-1'])
  expect(await list({ orderBy: 'LastEventTime', descending: true })).toEqual(['b/algo-2-1', 'a/algo-1-1', 'b/algo-1-1'])
  expect(await errorOf(list({ orderBy: 'LastEventTime', logStreamNamePrefix: 'b' }))).toMatch(
    /^InvalidParameterException: Cannot order by/,
  )
  const { logStreams, nextToken } = await aws.client.send(
    new DescribeLogStreamsCommand({ logGroupName: GROUP, limit: 1 }),
  )
  expect(logStreams).toMatchObject([
    { logStreamName: 'a/algo-1-1', firstEventTimestamp: at + 1, lastEventTimestamp: at + 1 },
  ])
  expect(await list({ limit: 5, nextToken })).toEqual(['b/algo-1-1', 'b/algo-2-1'])
  expect(await errorOf(list({ nextToken: 'made up' }))).toMatch(/nextToken is invalid/)
})

test('groups are listed', async () => {
  const list = async (input: object): Promise<readonly (string | undefined)[]> => {
    const { logGroups = [] } = await aws.client.send(new DescribeLogGroupsCommand(input))
    return logGroups.map(({ logGroupName }) => logGroupName)
  }
  expect(await list({})).toEqual([])
  await aws.write('job/algo-1-1', '1')
  expect(await list({ logGroupNamePrefix: '/aws/sage' })).toEqual([GROUP])
  expect(await list({ logGroupNamePattern: 'trainingjobs' })).toEqual([GROUP])
  expect(await list({ logGroupNamePrefix: 'x' })).toEqual([])
  await aws.advance(1000)
  expect(await errorOf(list({ logGroupNamePrefix: 'a', logGroupNamePattern: 'b' }))).toMatch(/mutually exclusive/)
})

describe('with a delay', () => {
  const slow = logs({ delayMs: 10_000 })

  test('lines are read later than they were printed', async () => {
    const at = slow.clock.now()
    await slow.write('job/algo-1-1', 'a')
    const command = new FilterLogEventsCommand({ logGroupName: GROUP })
    expect(await errorOf(slow.client.send(command))).toMatch(/log group does not exist/)
    await slow.advance(10_000)
    expect((await slow.client.send(command)).events).toMatchObject([
      { timestamp: at, ingestionTime: at + 10_000, message: 'a' },
    ])
  })
})
