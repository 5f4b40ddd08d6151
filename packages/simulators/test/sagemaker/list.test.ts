import {
  CreateTrainingJobCommand,
  ListTrainingJobsCommand,
  paginateListTrainingJobs,
  SageMakerClient,
  StopTrainingJobCommand,
  type ListTrainingJobsCommandInput,
  type ListTrainingJobsCommandOutput,
} from '@aws-sdk/client-sagemaker'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'

import { ManualClock } from '../../src/ground/manual-clock.ts'
import { cloud, errorOf, jobRequest } from './cloud.ts'

const START = Date.UTC(2026, 6)
const clock = new ManualClock(START)
const aws = cloud({ clock, rates: {} })
const COUNT = 25
const names = Array.from({ length: COUNT }, (_, index) => `list-${String(index).padStart(2, '0')}`)

async function list(input: ListTrainingJobsCommandInput = {}): Promise<ListTrainingJobsCommandOutput> {
  await clock.advance(500)
  aws.follow()
  return aws.sagemaker.send(new ListTrainingJobsCommand(input))
}

async function all(input: ListTrainingJobsCommandInput): Promise<{ names: string[]; pages: number[] }> {
  const found: { names: string[]; pages: number[] } = { names: [], pages: [] }
  let NextToken: string | undefined
  do {
    const page = await list({ ...input, NextToken })
    found.names.push(...(page.TrainingJobSummaries ?? []).map(({ TrainingJobName = '' }) => TrainingJobName))
    found.pages.push(page.TrainingJobSummaries?.length ?? 0)
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return found
}

beforeAll(async () => {
  aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'stuck', times: COUNT })
  for (const [index, TrainingJobName] of names.entries()) {
    await aws.sagemaker.send(new CreateTrainingJobCommand(jobRequest(aws, '', { TrainingJobName })))
    await clock.advance(1000)
    aws.follow()
    if (index % 5 !== 0) continue
    await aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName }))
  }
  while ((await all({ StatusEquals: 'Stopped' })).names.length < 5)
    await new Promise((resolve) => setTimeout(resolve, 5))
})

test('a page has ten jobs, and the oldest come first', async () => {
  expect(await all({})).toEqual({ names, pages: [10, 10, 5] })
  expect((await all({ MaxResults: 100, SortOrder: 'Descending' })).names).toEqual(names.toReversed())
  expect((await all({ MaxResults: 7, SortBy: 'Name', SortOrder: 'Descending' })).names).toEqual(names.toReversed())
  expect((await all({ MaxResults: 100, SortBy: 'Status' })).names.slice(-5)).toEqual(
    names.filter((_, index) => index % 5 === 0),
  )
})

test('a status is asked of a page that is cut already: some are empty', async () => {
  expect(await all({ StatusEquals: 'Stopped', MaxResults: 4 })).toEqual({
    names: names.filter((_, index) => index % 5 === 0),
    pages: [1, 1, 1, 1, 0, 1, 0],
  })
  const { pages } = await all({ StatusEquals: 'Completed', MaxResults: 10 })
  expect(pages).toEqual([0, 0, 0])
})

test('names and times are asked before: no page is empty', async () => {
  expect(await all({ NameContains: 'ST-1' })).toEqual({ names: names.slice(10, 20), pages: [10] })
  const after = new Date(START + 9_500)
  const before = new Date(START + 15_000)
  expect((await all({ CreationTimeAfter: after, CreationTimeBefore: before })).names).toEqual(names.slice(10, 15))
  const changed = (await all({ LastModifiedTimeAfter: new Date(START + 20_000) })).names
  expect(changed).toEqual(expect.arrayContaining(names.slice(21)))
})

test('a summary has no more than the API says', async () => {
  const { TrainingJobSummaries: [summary] = [] } = await list({ MaxResults: 1 })
  expect(Object.keys(summary ?? {})).toHaveLength(7)
  expect(summary).toMatchObject({
    TrainingJobName: names[0],
    TrainingJobArn: `arn:aws:sagemaker:us-east-1:123456789012:training-job/${names[0]}`,
    CreationTime: new Date(START),
    TrainingEndTime: expect.any(Date),
    LastModifiedTime: expect.any(Date),
    TrainingJobStatus: 'Stopped',
    SecondaryStatus: 'Stopped',
  })
})

test('a token belongs to its list', async () => {
  const { NextToken } = await list({ NameContains: 'list' })
  expect(await errorOf(list({ NameContains: 'other', NextToken }))).toBe('ValidationException: Invalid NextToken')
  expect(await errorOf(list({ NextToken: 'made up' }))).toBe('ValidationException: Invalid NextToken')
  expect(
    (await list({ NameContains: 'list', NextToken, MaxResults: 3 })).TrainingJobSummaries?.[0]?.TrainingJobName,
  ).toBe('list-10')
})

test('whatever the size of a page, every job comes once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom('Name', 'CreationTime', 'Status'),
      async (MaxResults, SortBy) => {
        const found = await all({ MaxResults, SortBy: SortBy as 'Name' })
        expect(found.names.toSorted((left, right) => (left < right ? -1 : 1))).toEqual(names)
      },
    ),
    { numRuns: 8 },
  )
})

test('lists are taken twice a second, and no more often', async () => {
  await clock.advance(10_000)
  aws.follow()
  const answers = await Promise.all(
    Array.from({ length: 5 }, async () => errorOf(aws.sagemaker.send(new ListTrainingJobsCommand({})))),
  )
  expect(answers.filter((answer) => answer === 'none')).toHaveLength(2)
  expect(answers.filter((answer) => answer === 'ThrottlingException: Rate exceeded')).toHaveLength(3)
  await clock.advance(1000)
})

test('a job is created each second, and no more often', async () => {
  await clock.advance(10_000)
  aws.follow()
  aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'stuck' })
  const answers = await Promise.all(
    Array.from({ length: 3 }, async (_, index) =>
      errorOf(
        aws.sagemaker.send(new CreateTrainingJobCommand(jobRequest(aws, '', { TrainingJobName: `rate-${index}` }))),
      ),
    ),
  )
  expect(answers.toSorted()).toEqual([
    'ThrottlingException: Rate exceeded',
    'ThrottlingException: Rate exceeded',
    'none',
  ])
  await clock.advance(1000)
})

test('a list may lag behind', async () => {
  const TrainingJobName = 'new'
  aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'stuck' })
  await aws.sagemaker.send(new CreateTrainingJobCommand(jobRequest(aws, '', { TrainingJobName })))
  aws.simulator.addFaults({ operation: 'sagemaker.ListTrainingJobs', kind: 'stale-list', delayMs: 60_000 })
  expect((await list({ NameContains: 'new' })).TrainingJobSummaries).toEqual([])
  expect((await list({ NameContains: 'new' })).TrainingJobSummaries).toHaveLength(1)
})

test('a region has its own jobs', async () => {
  const client = new SageMakerClient({
    endpoint: aws.simulator.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    systemClockOffset: clock.now() - Date.now(),
  })
  await clock.advance(1000)
  const pages = []
  for await (const page of paginateListTrainingJobs({ client }, {})) pages.push(page.TrainingJobSummaries)
  expect(pages).toEqual([[]])
  client.destroy()
})
