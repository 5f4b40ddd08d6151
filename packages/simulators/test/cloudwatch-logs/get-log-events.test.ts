import {
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  type GetLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { errorOf } from '../sagemaker/cloud.ts'
import { GROUP, logs } from './logs.ts'

const aws = logs()
const STREAM = 'job/algo-1-1'

async function get(input: Partial<GetLogEventsCommandInput> = {}): Promise<GetLogEventsCommandOutput> {
  await aws.advance(100)
  return aws.client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM, ...input }))
}

function texts({ events = [] }: GetLogEventsCommandOutput): readonly (string | undefined)[] {
  return events.map(({ message }) => message)
}

/** Follows the forward tokens until one stays the same. */
async function follow(
  input: Partial<GetLogEventsCommandInput> = {},
): Promise<{ lines: string[]; pages: number[]; token: string }> {
  const found = { lines: [] as string[], pages: [] as number[], token: '' }
  for (let nextToken = input.nextToken; ;) {
    const page = await get({ startFromHead: true, ...input, nextToken })
    found.lines.push(...texts(page).map((line) => line ?? ''))
    found.pages.push(page.events?.length ?? 0)
    found.token = page.nextForwardToken ?? ''
    if (page.nextForwardToken === nextToken) return found
    nextToken = page.nextForwardToken
  }
}

test('a group is not there before its first line, nor is a stream', async () => {
  expect(await errorOf(get())).toBe('ResourceNotFoundException: The specified log group does not exist.')
  await aws.write('job/algo-2-1', 'x')
  expect(await errorOf(get())).toBe('ResourceNotFoundException: The specified log stream does not exist.')
})

test('lines come with their times, and the token stays the same at the end', async () => {
  const at = aws.clock.now()
  await aws.write(STREAM, 'one', 'two', '', 'three')
  const page = await get({ startFromHead: true })
  expect(page.events).toEqual([
    { timestamp: at, ingestionTime: at, message: 'one' },
    { timestamp: at + 1, ingestionTime: at + 1, message: 'two' },
    { timestamp: at + 3, ingestionTime: at + 3, message: 'three' },
  ])
  expect(page.nextForwardToken).toMatch(/^f\/\d{56}\/s$/)
  expect(page.nextBackwardToken).toMatch(/^b\/\d{56}\/s$/)
  const end = await get({ nextToken: page.nextForwardToken, startFromHead: true })
  expect(end).toMatchObject({ events: [], nextForwardToken: page.nextForwardToken })
  await aws.write(STREAM, 'four')
  expect(texts(await get({ nextToken: page.nextForwardToken, startFromHead: true }))).toEqual(['four'])
})

test('without a token, the latest come; and the others with the token that leads back', async () => {
  await aws.write(STREAM, 'a', 'b', 'c', 'd', 'e')
  const last = await get({ limit: 2 })
  expect(texts(last)).toEqual(['d', 'e'])
  const before = await get({ limit: 2, nextToken: last.nextBackwardToken })
  expect(texts(before)).toEqual(['b', 'c'])
  const first = await get({ limit: 2, nextToken: before.nextBackwardToken })
  expect(texts(first)).toEqual(['a'])
  expect(await get({ limit: 2, nextToken: first.nextBackwardToken })).toMatchObject({
    events: [],
    nextBackwardToken: first.nextBackwardToken,
  })
  expect(texts(await get({ limit: 9, nextToken: before.nextForwardToken, startFromHead: true }))).toEqual(['d', 'e'])
})

test('times cut a stream: from the first one on, and before the last one', async () => {
  const at = aws.clock.now()
  await aws.write(STREAM, 'a', 'b', 'c', 'd')
  expect(texts(await get({ startTime: at + 1, endTime: at + 3, startFromHead: true }))).toEqual(['b', 'c'])
  expect(texts(await get({ startTime: at + 9 }))).toEqual([])
  expect(texts(await get({ endTime: at }))).toEqual([])
})

test('events of one millisecond keep their order, and none is lost between two pages', async () => {
  aws.writeAtOnce(STREAM, ...Array.from({ length: 7 }, (_, index) => `${index}`))
  expect(await follow({ limit: 3 })).toMatchObject({ lines: ['0', '1', '2', '3', '4', '5', '6'], pages: [3, 3, 1, 0] })
})

test('a page has no more than 10,000 events', async () => {
  aws.writeAtOnce(STREAM, ...Array.from({ length: 10_005 }, (_, index) => `${index}`))
  expect((await follow()).pages).toEqual([10_000, 5, 0])
})

test('nor more than a megabyte; a long line becomes several events', async () => {
  const line = 'ä'.repeat(400_000)
  await aws.write(STREAM, line, 'short')
  const { lines, pages } = await follow()
  expect(lines.slice(0, -1).join('')).toBe(line)
  expect(lines.every((one) => Buffer.byteLength(one) <= 256 * 1024 - 26)).toBe(true)
  expect(pages.length).toBeGreaterThanOrEqual(2)
  const full = Array.from({ length: 9 }, () => 'x'.repeat(200_000))
  await aws.write('job/algo-2-1', ...full)
  const { pages: others } = await follow({ logStreamName: 'job/algo-2-1' })
  expect(others).toEqual([5, 4, 0])
})

test('after a long silence a page may be empty before the end', async () => {
  await aws.write(STREAM, 'before')
  await aws.advance(7_200_000)
  await aws.write(STREAM, 'after')
  expect(await follow()).toMatchObject({ lines: ['before', 'after'], pages: [1, 0, 1, 0] })
  const last = await get()
  expect(texts(last)).toEqual(['after'])
  const silent = await get({ nextToken: last.nextBackwardToken })
  expect(texts(silent)).toEqual([])
  expect(silent.nextBackwardToken).not.toBe(last.nextBackwardToken)
  expect(texts(await get({ nextToken: silent.nextBackwardToken }))).toEqual(['before'])
})

test('a token is of one stream, and good for a day', async () => {
  await aws.write(STREAM, 'a')
  await aws.write('job/algo-2-1', 'b')
  const { nextForwardToken: nextToken } = await get({ startFromHead: true })
  expect(await errorOf(get({ nextToken, logStreamName: 'job/algo-2-1' }))).toBe(
    'InvalidParameterException: The specified nextToken is invalid.',
  )
  expect(await errorOf(get({ nextToken: 'made up' }))).toMatch(/nextToken is invalid/)
  await aws.advance(86_400_000 - 1000)
  expect(await errorOf(get({ nextToken, startFromHead: true }))).toBe('none')
  await aws.advance(2000)
  expect(await errorOf(get({ nextToken, startFromHead: true }))).toBe(
    'InvalidParameterException: The specified nextToken is expired.',
  )
})

test('a group has one name', async () => {
  await aws.write(STREAM, 'a')
  const arn = `arn:aws:logs:us-east-1:123456789012:log-group:${GROUP}`
  expect(texts(await get({ logGroupName: undefined, logGroupIdentifier: arn }))).toEqual(['a'])
  expect(texts(await get({ logGroupName: undefined, logGroupIdentifier: GROUP }))).toEqual(['a'])
  expect(await errorOf(get({ logGroupIdentifier: arn }))).toBe(
    'InvalidParameterException: You must include either logGroupIdentifier or logGroupName, but not both.',
  )
  expect(await errorOf(get({ logGroupName: undefined }))).toMatch(/^InvalidParameterException/)
})

test.each([
  [
    { limit: 0 },
    "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    { limit: 10_001 },
    "Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
  ],
  [
    { logStreamName: 'a:b' },
    "Value 'a:b' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*",
  ],
])('%j breaks a limit', async (input, says) => {
  expect(await errorOf(get(input))).toBe(`InvalidParameterException: 1 validation error detected: ${says}`)
})

test('it is asked ten times a second, and no more often', async () => {
  await aws.write(STREAM, 'a')
  await aws.advance(10_000)
  const command = new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM })
  const answers = await Promise.all(Array.from({ length: 15 }, async () => errorOf(aws.client.send(command))))
  expect(answers.filter((answer) => answer === 'ThrottlingException: Rate exceeded')).toHaveLength(5)
})

test('however it is written and read, every line comes once, in its order', async () => {
  const step = fc.oneof(
    fc.record({ write: fc.integer({ min: 1, max: 5 }), later: fc.constantFrom(0, 1, 3_600_001) }),
    fc.record({ limit: fc.integer({ min: 1, max: 4 }) }),
  )
  let streams = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      streams += 1
      const logStreamName = `any/${streams}`
      const written = ['first']
      aws.writeAtOnce(logStreamName, 'first')
      const read: (string | undefined)[] = []
      let nextToken: string | undefined
      const readOn = async (limit: number): Promise<boolean> => {
        const page = await get({ logStreamName, limit, startFromHead: true, nextToken })
        read.push(...texts(page))
        const isEnd = page.nextForwardToken === nextToken
        nextToken = page.nextForwardToken
        return isEnd
      }
      for (const one of steps) {
        if ('limit' in one) await readOn(one.limit)
        else {
          const lines = Array.from({ length: one.write }, (_, index) => `${written.length + index}`)
          aws.writeAtOnce(logStreamName, ...lines)
          written.push(...lines)
          await aws.advance(one.later)
        }
      }
      while (!(await readOn(3)));
      expect(read).toEqual(written)
    }),
    { numRuns: 20 },
  )
})
