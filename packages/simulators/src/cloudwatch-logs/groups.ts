import { ACCOUNT_ID } from '../aws-json/aws-json-call.ts'
import type { LogGroup, LogStore, LogStream } from './log-store.ts'
import { invalidParameter, notFound } from './logs-errors.ts'

/** How requests name a group. */
export interface GroupName {
  readonly logGroupName?: string
  /** The name, or the ARN. */
  readonly logGroupIdentifier?: string
}

/** `arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/TrainingJobs`. */
export function groupArn({ region, name }: LogGroup): string {
  return `arn:aws:logs:${region}:${ACCOUNT_ID}:log-group:${name}`
}

/** The name of a group that an identifier says. */
export function nameOf(identifier: string): string {
  return /^arn:[^:]+:logs:[^:]*:\d{12}:log-group:([^:]+)(?::\*)?$/.exec(identifier)?.[1] ?? identifier
}

/** The group of a request. Throws where it names none, or two, or one that is not there. */
export function groupOf({ logGroupName, logGroupIdentifier }: GroupName, region: string, logs: LogStore): LogGroup {
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    throw invalidParameter('You must include either logGroupIdentifier or logGroupName, but not both.')
  }
  const group = logs.group(region, logGroupName ?? nameOf(logGroupIdentifier ?? ''))
  if (group === undefined) throw notFound('log group')
  return group
}

/** A stream of a group. Throws where it is not there. */
export function streamOf({ streams }: LogGroup, name: string): LogStream {
  const stream = streams.get(name)
  if (stream === undefined) throw notFound('log stream')
  return stream
}
