import type { AwsJsonCall } from '../aws-json/aws-json-call.ts'
import { PageTokenError, pageOf } from '../ground/pages.ts'
import { checkTagKeys } from './create-rules.ts'
import { jobNotFound, validationError } from './sagemaker-errors.ts'
import type { SagemakerState } from './sagemaker-state.ts'
import { arnOf, type Tag } from './training-job.ts'

/** Of a page, unless the request wants more: it cannot want fewer. */
const PAGE_SIZE = 50

/** Adds tags to a job. */
export async function addTags(
  call: AwsJsonCall<{ readonly ResourceArn: string; readonly Tags: readonly Tag[] }>,
  state: SagemakerState,
): Promise<unknown> {
  const { ResourceArn: arn, Tags: tags } = call.request
  checkResource(arn, call.region, state)
  checkTagKeys(tags.map(({ Key }) => Key))
  return { Tags: state.tags.add(arn, tags) }
}

/** Lists the tags of a job. */
export function listTags(
  call: AwsJsonCall<{ readonly ResourceArn: string; readonly NextToken?: string; readonly MaxResults?: number }>,
  state: SagemakerState,
): unknown {
  const { ResourceArn: arn, NextToken: token, MaxResults: size = PAGE_SIZE } = call.request
  checkResource(arn, call.region, state)
  try {
    const all = state.tags.of(arn).toSorted((left, right) => (left.Key < right.Key ? -1 : 1))
    const { items, next } = pageOf(all, { size, token, list: arn, keyOf: ({ Key }) => Key })
    return { Tags: items, ...(next === undefined ? {} : { NextToken: next }) }
  } catch (error) {
    if (error instanceof PageTokenError) throw validationError('Invalid NextToken')
    throw error
  }
}

/** Removes tags of a job. */
export async function deleteTags(
  call: AwsJsonCall<{ readonly ResourceArn: string; readonly TagKeys: readonly string[] }>,
  state: SagemakerState,
): Promise<unknown> {
  const { ResourceArn: arn, TagKeys: keys } = call.request
  checkResource(arn, call.region, state)
  await call.exchange.effect(() => state.tags.remove(arn, keys))
  return {}
}

/** Only training jobs are there. */
function checkResource(arn: string, region: string, { jobs }: SagemakerState): void {
  const name = /:training-job\/([^/]+)$/.exec(arn)?.[1]
  if (name === undefined || arnOf(region, name) !== arn || jobs.find(region, name) === undefined) throw jobNotFound()
}
