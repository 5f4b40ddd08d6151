import { timestampMs, type AwsJsonCall } from '../aws-json/aws-json-call.ts'
import { PageTokenError, pageOf } from '../ground/pages.ts'
import { compareUtf8 } from '../ground/utf8-order.ts'
import { summaryOf } from './describe.ts'
import { validationError } from './sagemaker-errors.ts'
import type { SagemakerState } from './sagemaker-state.ts'
import type { TrainingJob } from './training-job.ts'

/** Where the request says none: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobs.html. */
const PAGE_SIZE = 10

/** `ListTrainingJobsRequest` of the API. */
export interface ListTrainingJobsRequest {
  readonly NextToken?: string
  readonly MaxResults?: number
  readonly CreationTimeAfter?: number | string
  readonly CreationTimeBefore?: number | string
  readonly LastModifiedTimeAfter?: number | string
  readonly LastModifiedTimeBefore?: number | string
  readonly NameContains?: string
  readonly StatusEquals?: string
  readonly SortBy?: 'Name' | 'CreationTime' | 'Status'
  readonly SortOrder?: 'Ascending' | 'Descending'
  readonly WarmPoolStatusEquals?: string
  readonly TrainingPlanArnEquals?: string
}

/**
 * Lists jobs. As the API says of `StatusEquals`, what filters by a status is applied to a page that is cut already: a page may be empty,
 * and others follow. Jobs that change between two pages neither move others nor come twice.
 */
export function listTrainingJobs(call: AwsJsonCall<ListTrainingJobsRequest>, { jobs }: SagemakerState): unknown {
  const { NextToken: token, MaxResults: size = PAGE_SIZE, ...filters } = call.request
  const { StatusEquals: status, WarmPoolStatusEquals: warm, TrainingPlanArnEquals: plan } = filters
  const found = jobs.list(call.region, call.exchange.staleMs()).filter((job) => isWanted(job, filters))
  const order = orderOf(filters)
  const sorted = found.toSorted((left, right) => order.compare(order.keyOf(left), order.keyOf(right)))
  try {
    const list = JSON.stringify([
      call.region,
      Object.entries(filters).toSorted(([left], [right]) => compareUtf8(left, right)),
    ])
    const { items, next } = pageOf(sorted, { size, token, list, ...order })
    const shown = items.filter(
      (job) =>
        (status === undefined || job.status === status) &&
        (warm === undefined || job.warmPool?.status === warm) &&
        (plan === undefined || job.request.ResourceConfig?.TrainingPlanArn === plan),
    )
    return { TrainingJobSummaries: shown.map(summaryOf), ...(next === undefined ? {} : { NextToken: next }) }
  } catch (error) {
    if (error instanceof PageTokenError) throw validationError('Invalid NextToken')
    throw error
  }
}

function isWanted(job: TrainingJob, filters: ListTrainingJobsRequest): boolean {
  const {
    NameContains: part,
    CreationTimeAfter,
    CreationTimeBefore,
    LastModifiedTimeAfter,
    LastModifiedTimeBefore,
  } = filters
  return (
    (part === undefined || job.name.toLowerCase().includes(part.toLowerCase())) &&
    isBetween(job.createdAt, CreationTimeAfter, CreationTimeBefore) &&
    isBetween(job.modifiedAt, LastModifiedTimeAfter, LastModifiedTimeBefore)
  )
}

function isBetween(time: number, after: number | string | undefined, before: number | string | undefined): boolean {
  return (after === undefined || time > timestampMs(after)) && (before === undefined || time < timestampMs(before))
}

interface Order {
  readonly keyOf: (job: TrainingJob) => string
  readonly compare: (left: string, right: string) => number
}

function orderOf({ SortBy: by = 'CreationTime', SortOrder: order = 'Ascending' }: ListTrainingJobsRequest): Order {
  const first: Readonly<Record<typeof by, (job: TrainingJob) => string>> = {
    Name: () => '',
    CreationTime: ({ createdAt }) => String(Math.floor(createdAt * 1000)).padStart(20, '0'),
    Status: ({ status }) => status,
  }
  return {
    keyOf: (job) => `${first[by](job)} ${job.name}`,
    compare: order === 'Ascending' ? compareUtf8 : (left, right) => compareUtf8(right, left),
  }
}
