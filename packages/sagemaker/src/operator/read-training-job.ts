import type { StatusTransition, TrainingJob, TrainingJobSummary } from './training-job.ts'

type Raw = Readonly<Record<string, unknown>>

/**
 * What DescribeTrainingJob has answered, without what is not of its type: a member that cannot be read was not said, and keeps none
 * of the others, and none of other jobs, from being read. Pure.
 */
export function readTrainingJob(output: object): TrainingJob {
  const raw = output as Raw
  const machines = objectOf(raw['ResourceConfig'])
  const stopping = objectOf(raw['StoppingCondition'])
  const transitions = raw['SecondaryStatusTransitions']
  return {
    ...summaryOf(raw),
    FailureReason: textOf(raw['FailureReason']),
    TrainingStartTime: dateOf(raw['TrainingStartTime']),
    SecondaryStatusTransitions: Array.isArray(transitions) ? transitions.flatMap(readTransition) : undefined,
    TrainingTimeInSeconds: numberOf(raw['TrainingTimeInSeconds']),
    BillableTimeInSeconds: numberOf(raw['BillableTimeInSeconds']),
    EnableManagedSpotTraining: raw['EnableManagedSpotTraining'] === true,
    Environment: environmentOf(raw['Environment']),
    ResourceConfig: machines && {
      InstanceType: textOf(machines['InstanceType']),
      InstanceCount: numberOf(machines['InstanceCount']),
      SelectedInstanceType: textOf(machines['SelectedInstanceType']),
      SelectedInstanceCount: numberOf(machines['SelectedInstanceCount']),
    },
    StoppingCondition: stopping && { MaxPendingTimeInSeconds: numberOf(stopping['MaxPendingTimeInSeconds']) },
  }
}

/** The same of what ListTrainingJobs says of a job; nothing of what is none. What it does not say is no member: more is known. Pure. */
export function readSummary(output: unknown): readonly TrainingJobSummary[] {
  const raw = objectOf(output)
  if (raw === undefined) return []
  return [Object.fromEntries(Object.entries(summaryOf(raw)).filter(([, value]) => value !== undefined))]
}

function summaryOf(raw: Raw): TrainingJobSummary {
  return {
    TrainingJobName: textOf(raw['TrainingJobName']),
    TrainingJobArn: textOf(raw['TrainingJobArn']),
    TrainingJobStatus: textOf(raw['TrainingJobStatus']),
    SecondaryStatus: textOf(raw['SecondaryStatus']),
    CreationTime: dateOf(raw['CreationTime']),
    TrainingEndTime: dateOf(raw['TrainingEndTime']),
    LastModifiedTime: dateOf(raw['LastModifiedTime']),
  }
}

function readTransition(output: unknown): readonly StatusTransition[] {
  const raw = objectOf(output)
  if (raw === undefined) return []
  const message = textOf(raw['StatusMessage'])
  const ended = dateOf(raw['EndTime'])
  return [
    {
      Status: textOf(raw['Status']),
      StartTime: dateOf(raw['StartTime']),
      ...(ended === undefined ? {} : { EndTime: ended }),
      ...(message === undefined ? {} : { StatusMessage: message }),
    },
  ]
}

function environmentOf(value: unknown): Readonly<Record<string, string>> | undefined {
  const raw = objectOf(value)
  if (raw === undefined) return undefined
  return Object.fromEntries(
    Object.entries(raw).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])),
  )
}

function objectOf(value: unknown): Raw | undefined {
  return typeof value === 'object' && value !== null ? (value as Raw) : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function dateOf(value: unknown): Date | undefined {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value : undefined
}
