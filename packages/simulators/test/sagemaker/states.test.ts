import {
  CreateTrainingJobCommand,
  DeleteTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  StopTrainingJobCommand,
  UpdateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  type DescribeTrainingJobCommandOutput,
} from '@aws-sdk/client-sagemaker'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'

import type { Job } from '../../src/ground/job-log.ts'
import { ManualClock } from '../../src/ground/manual-clock.ts'
import { cloud, errorOf, jobRequest, newName } from './cloud.ts'

const clock = new ManualClock(Date.UTC(2026, 5))
const jobDelays = { startMs: 10_000, provisionMs: 20_000, prepareMs: 10_000, finishMs: 5_000, interruptedMs: 30_000 }
const aws = cloud({ clock, jobDelays })
const FOREVER = 'setInterval(() => {}, 1000)'

async function describe(TrainingJobName: string | undefined): Promise<DescribeTrainingJobCommandOutput> {
  return aws.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName }))
}

async function advance(ms: number): Promise<void> {
  await clock.advance(ms)
  aws.follow()
}

async function create(request: CreateTrainingJobCommandInput): Promise<string | undefined> {
  await aws.sagemaker.send(new CreateTrainingJobCommand(request))
  return request.TrainingJobName
}

/** Lets as little time go by as it takes, in steps. */
async function reach(
  name: string | undefined,
  is: (job: DescribeTrainingJobCommandOutput) => boolean,
  stepMs: number = 5_000,
): Promise<DescribeTrainingJobCommandOutput> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await advance(stepMs)) {
    // Files, sockets and processes take real time.
    for (let turn = 0; turn < 2; turn += 1) {
      const job = await describe(name)
      if (is(job)) return job
      await sleep(5)
    }
  }
  throw new Error(`waited in vain: ${JSON.stringify(await describe(name))}`)
}

const inPhase = (phase: string) => (job: DescribeTrainingJobCommandOutput) => job.SecondaryStatus === phase
const ended = ({ TrainingJobStatus: status }: DescribeTrainingJobCommandOutput): boolean =>
  ['Completed', 'Failed', 'Stopped'].includes(status ?? '')

function phasesOf(job: DescribeTrainingJobCommandOutput): readonly (string | undefined)[] {
  return (job.SecondaryStatusTransitions ?? []).map(({ Status }) => Status)
}

/** What the simulator itself has written down of a job. */
function written(name: string | undefined): Job | undefined {
  return aws.simulator.jobs.find((job) => job.name === name)
}

test('the phases come one after the other, by the clock', async () => {
  const name = await create(jobRequest(aws, FOREVER))
  const createdAt = clock.now()
  expect(await describe(name)).toMatchObject({ TrainingJobStatus: 'InProgress', SecondaryStatus: 'Starting' })
  await advance(9_999)
  expect(await describe(name)).toMatchObject({ SecondaryStatus: 'Starting' })
  await advance(1)
  const pending = await describe(name)
  expect(pending).toMatchObject({ SecondaryStatus: 'Pending' })
  expect(pending.SecondaryStatusTransitions?.[1]?.StatusMessage).toBe('Training job waiting for capacity')
  expect(pending).not.toHaveProperty('TrainingStartTime')
  await advance(20_000)
  const job = await reach(name, inPhase('Downloading'))
  expect(job.TrainingStartTime?.getTime()).toBe(createdAt + 30_000)
  expect(job.LastModifiedTime!.getTime()).toBeGreaterThanOrEqual(createdAt + 30_000)
  const training = await reach(name, inPhase('Training'))
  expect(
    training.SecondaryStatusTransitions?.map(({ Status, StartTime }) => [Status, StartTime!.getTime() - createdAt]),
  ).toEqual([
    ['Starting', 0],
    ['Pending', 10_000],
    ['Downloading', 30_000],
    ['Training', expect.any(Number)],
  ])
  await aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  expect(await describe(name)).toMatchObject({ TrainingJobStatus: 'Stopping', SecondaryStatus: 'Stopping' })
  const stopped = await reach(name, ended)
  expect(stopped).toMatchObject({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' })
  const seconds = (stopped.TrainingEndTime!.getTime() - stopped.TrainingStartTime!.getTime()) / 1000
  expect(stopped.TrainingTimeInSeconds).toBe(Math.round(seconds))
  expect(stopped.BillableTimeInSeconds).toBe(stopped.TrainingTimeInSeconds)
  const begunAt = written(name)!.begunAt!
  expect(begunAt).toBe(training.SecondaryStatusTransitions!.at(-1)!.StartTime!.getTime())
  const entry = written(name)
  // What it left was cleared away first.
  expect(entry?.endedAt).toBeGreaterThanOrEqual(stopped.TrainingEndTime!.getTime())
  expect(entry).toEqual({
    service: 'sagemaker',
    name,
    image: aws.image,
    command: ['node', '/opt/sidestep/job.mjs'],
    queuedAt: createdAt,
    begunAt,
    attempts: 1,
    endedAt: entry?.endedAt,
    end: { exitCode: 143, signal: 'SIGTERM', outOfMemory: false },
    faults: [],
  })
  expect(await errorOf(aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name })))).toBe(
    'ValidationException: The request was rejected because the training job is in status Stopped.',
  )
})

test.each(['Starting', 'Pending'])('a job that is stopped while %s never begins', async (phase) => {
  const name = await create(jobRequest(aws, FOREVER))
  await reach(name, inPhase(phase))
  await aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  const job = await reach(name, ended)
  expect(job).toMatchObject({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' })
  expect(phasesOf(job).slice(-3)).toEqual([phase, 'Stopping', 'Stopped'])
  expect(job).not.toHaveProperty('TrainingStartTime')
  expect(job).not.toHaveProperty('BillableTimeInSeconds')
})

test('a job that does not hear SIGTERM is killed after 120 seconds', async () => {
  const name = await create(
    jobRequest(aws, `process.on('SIGTERM', () => console.log('no')); ${FOREVER}; console.log('ready')`),
  )
  await reach(name, inPhase('Training'))
  const stream = { logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: `${name}/` }
  const lines = async (): Promise<readonly (string | undefined)[]> =>
    aws.logs.send(new FilterLogEventsCommand(stream)).then(
      ({ events = [] }) => events.map(({ message }) => message),
      () => [],
    )
  while ((await lines()).length < 1) await sleep(5)
  await aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  while ((await lines()).length < 2) await sleep(5)
  await advance(119_999)
  expect(await describe(name)).toMatchObject({ TrainingJobStatus: 'Stopping' })
  await advance(1)
  expect(await reach(name, ended)).toMatchObject({ TrainingJobStatus: 'Stopped' })
  expect(await lines()).toEqual(['ready', 'no'])
})

test('a job that runs too long is stopped', async () => {
  const name = await create(jobRequest(aws, FOREVER, { StoppingCondition: { MaxRuntimeInSeconds: 600 } }))
  await reach(name, inPhase('Training'))
  await advance(600_000)
  const job = await reach(name, ended)
  expect(job).toMatchObject({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded' })
  expect(phasesOf(job).slice(-3)).toEqual(['Stopping', 'Uploading', 'MaxRuntimeExceeded'])
  expect(job.TrainingTimeInSeconds).toBeGreaterThanOrEqual(600)
})

test('a job that finds no machine fails', async () => {
  aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'no-capacity' })
  const job = await reach(await create(jobRequest(aws)), ended)
  expect(job).toMatchObject({
    TrainingJobStatus: 'Failed',
    FailureReason:
      'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
  })
  expect(phasesOf(job)).toEqual(['Starting', 'Pending', 'Failed'])
  const entry = written(job.TrainingJobName)
  expect(entry).toMatchObject({ attempts: 0, faults: ['no-capacity'] })
  expect(entry).not.toHaveProperty('begunAt')
  expect(entry?.end).toEqual({ exitCode: null, outOfMemory: false, startError: job.FailureReason })
})

test('a job that is stuck waits until somebody stops it, or its time to wait is over', async () => {
  aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'stuck', times: 3 })
  const name = await create(jobRequest(aws))
  const gpu = await create(
    jobRequest(aws, '', {
      ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 60, MaxPendingTimeInSeconds: 7200 },
    }),
  )
  const spot = await create(
    jobRequest(aws, '', {
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 3600 },
    }),
  )
  await advance(86_400_000)
  expect(await describe(name)).toMatchObject({ TrainingJobStatus: 'InProgress', SecondaryStatus: 'Pending' })
  expect(written(name)).toMatchObject({ attempts: 0, faults: ['stuck'] })
  expect(written(name)).not.toHaveProperty('end')
  expect(await reach(gpu, ended, 0)).toMatchObject({
    TrainingJobStatus: 'Stopped',
    SecondaryStatus: 'Stopped',
    FailureReason: expect.stringContaining('CapacityError'),
  })
  expect(await reach(spot, ended, 0)).toMatchObject({
    TrainingJobStatus: 'Stopped',
    SecondaryStatus: 'MaxWaitTimeExceeded',
  })
  await aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  await reach(name, ended)
  expect(written(name)?.end).toMatchObject({ exitCode: null, startError: 'it was stopped before' })
})

const MARKED = `console.log('begun'); ${FOREVER}`

test('a spot job whose machine is taken away begins anew, and pays less', async () => {
  aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'interruption', delayMs: 60_000 })
  const name = await create(
    jobRequest(aws, MARKED, {
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 7200 },
    }),
  )
  const interrupted = await reach(name, inPhase('Interrupted'))
  expect(interrupted.TrainingJobStatus).toBe('InProgress')
  await reach(name, inPhase('Training'))
  await advance(600_000)
  await aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  const job = await reach(name, ended)
  expect(phasesOf(job).join()).toBe(
    'Starting,Pending,Downloading,Training,Interrupted,Starting,Pending,Downloading,Training,Stopping,Uploading,Stopped',
  )
  expect(job.BillableTimeInSeconds).toBe(Math.round(job.TrainingTimeInSeconds! * 0.3))
  expect(written(name)).toMatchObject({ attempts: 2, faults: ['interruption'], end: { exitCode: 143 } })
  const { events = [] } = await aws.logs.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: `${name}/` }),
  )
  expect(new Set(events.map(({ logStreamName }) => logStreamName)).size).toBe(events.length)
})

test.each([
  [undefined, 'Failed'],
  [{ MaximumRetryAttempts: 1 }, 'Stopped'],
])(
  'another job whose machine is taken away is an internal error: with the retry strategy %j it is %s',
  async (RetryStrategy, status) => {
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'interruption', delayMs: 0 })
    const name = await create(jobRequest(aws, FOREVER, { RetryStrategy }))
    const job = await reach(
      name,
      (one) => ended(one) || phasesOf(one).filter((phase) => phase === 'Training').length === 2,
    )
    if (status === 'Failed') {
      expect(job).toMatchObject({
        TrainingJobStatus: 'Failed',
        FailureReason: 'InternalServerError: We encountered an internal error. Please try again.',
      })
      return
    }
    expect(phasesOf(job)).toEqual([
      'Starting',
      'Pending',
      'Downloading',
      'Training',
      'Starting',
      'Pending',
      'Downloading',
      'Training',
    ])
    await aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
    expect(await reach(name, ended)).toMatchObject({ TrainingJobStatus: status })
  },
)

test('a job that is killed for its memory says so', async () => {
  aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'oom', delayMs: 5000 })
  const job = await reach(await create(jobRequest(aws, FOREVER)), ended)
  expect(written(job.TrainingJobName)).toMatchObject({
    attempts: 1,
    faults: ['oom'],
    end: { exitCode: 137, outOfMemory: true },
  })
  expect(job).toMatchObject({
    TrainingJobStatus: 'Failed',
    FailureReason:
      'ClientError: Please use an instance type with more memory, or reduce the size of training data processed on an instance., exit code: 137',
  })
})

test('a fault that has no occasion is left for the next job', async () => {
  aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'interruption', delayMs: 3_600_000_000 })
  const job = await reach(await create(jobRequest(aws)), ended)
  expect(job.TrainingJobStatus).toBe('Completed')
  expect(aws.simulator.unmetFaults).toHaveLength(1)
  expect(written(job.TrainingJobName)).toMatchObject({ faults: [], end: { exitCode: 0 } })
  aws.simulator.clearFaults()
})

test('machines are kept for a job that needs the same', async () => {
  const resources = {
    InstanceType: 'ml.m5.large',
    InstanceCount: 1,
    VolumeSizeInGB: 30,
    KeepAlivePeriodInSeconds: 600,
  } as const
  const first = await create(jobRequest(aws, '', { ResourceConfig: resources }))
  expect(await reach(first, inPhase('Training'))).toMatchObject({ WarmPoolStatus: { Status: 'InUse' } })
  expect(await reach(first, ended)).toMatchObject({ WarmPoolStatus: { Status: 'Available' } })
  expect(await errorOf(aws.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: first })))).toMatch(
    /warm pool/,
  )
  const other = await create(jobRequest(aws, '', { ResourceConfig: { ...resources, InstanceType: 'ml.c5.xlarge' } }))
  expect(await describe(first)).toMatchObject({ WarmPoolStatus: { Status: 'Available' } })
  await advance(10_000)
  const second = await create(jobRequest(aws, '', { ResourceConfig: resources }))
  expect(await describe(first)).toMatchObject({
    WarmPoolStatus: {
      Status: 'Reused',
      ReusedByJob: second,
      ResourceRetainedBillableTimeInSeconds: expect.any(Number),
    },
  })
  const again = await reach(second, ended)
  expect(phasesOf(again)).toEqual(['Starting', 'Downloading', 'Training', 'Uploading', 'Completed'])
  const listed = await aws.sagemaker.send(
    new ListTrainingJobsCommand({ WarmPoolStatusEquals: 'Reused', MaxResults: 100 }),
  )
  expect(listed.TrainingJobSummaries?.map(({ TrainingJobName }) => TrainingJobName)).toEqual([first])
  const longer = { TrainingJobName: second, ResourceConfig: { KeepAlivePeriodInSeconds: 3600 } }
  await aws.sagemaker.send(new UpdateTrainingJobCommand(longer))
  await advance(700_000)
  expect(await describe(second)).toMatchObject({
    WarmPoolStatus: { Status: 'Available' },
    ResourceConfig: { KeepAlivePeriodInSeconds: 3600 },
  })
  await advance(3_000_000)
  expect(await describe(second)).toMatchObject({
    WarmPoolStatus: { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 3600 },
  })
  expect(await errorOf(aws.sagemaker.send(new UpdateTrainingJobCommand(longer)))).toMatch(/^ValidationException/)
  await reach(other, ended)
})

test('a name is free once its job was deleted, and not before', async () => {
  const request = jobRequest(aws, '', { TrainingJobName: newName() })
  const { TrainingJobName } = request
  await create(request)
  const taken =
    /^ResourceInUse: Training job names must be unique within an AWS account and region, and a training job with this name already exists \(arn:/
  expect(await errorOf(create(request))).toMatch(taken)
  expect(await errorOf(aws.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName })))).toBe(
    'ResourceInUse: The request was rejected because the training job is in status InProgress.',
  )
  await reach(TrainingJobName, ended)
  expect(await errorOf(create(request))).toMatch(taken)
  await aws.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName }))
  expect(await errorOf(describe(TrainingJobName))).toBe('ValidationException: Requested resource not found.')
  await create(request)
  await reach(TrainingJobName, ended)
})

test('two creates of one name at once make one job', async () => {
  const request = jobRequest(aws)
  const answers = await Promise.all(Array.from({ length: 5 }, async () => errorOf(create(request))))
  expect(answers.filter((answer) => answer === 'none')).toHaveLength(1)
  expect(answers.filter((answer) => answer.startsWith('ResourceInUse'))).toHaveLength(4)
  await reach(request.TrainingJobName, ended)
})

test('a create that is refused, lost or late is what it says', async () => {
  const operation = 'sagemaker.CreateTrainingJob'
  const one = jobRequest(aws)
  aws.simulator.addFaults({ operation, kind: 'capacity' })
  const two = { InstanceType: 'ml.c5.xlarge', InstanceCount: 2, VolumeSizeInGB: 1 } as const
  expect(await errorOf(create({ ...one, ResourceConfig: two }))).toMatch(
    /^ResourceLimitExceeded: The account-level service limit 'ml\.c5\.xlarge for training job usage' is 0 .* request delta of 2 Instances/,
  )
  expect(await errorOf(describe(one.TrainingJobName))).toMatch(/Requested resource not found/)
  aws.simulator.addFaults({ operation, kind: 'reset-after' })
  expect(await errorOf(create(one))).toMatch(/ECONNRESET|socket hang up/)
  expect(await describe(one.TrainingJobName)).toMatchObject({ TrainingJobStatus: 'InProgress' })
  const late = jobRequest(aws)
  aws.simulator.addFaults({ operation, kind: 'delayed-effect', delayMs: 5000 })
  await create(late)
  expect(await errorOf(describe(late.TrainingJobName))).toMatch(/Requested resource not found/)
  await advance(5000)
  await reach(late.TrainingJobName, ended)
  await reach(one.TrainingJobName, ended)
})
