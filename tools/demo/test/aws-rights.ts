import type { Call } from '@sidestep/simulators'

/** What somebody has to be allowed: an action, and on what. */
export interface Right {
  readonly action: string
  /** An ARN; `*` where the action takes none. */
  readonly resource: string
}

/** As much of a call as its rights depend on. */
export type SeenCall = Pick<Call, 'service' | 'operation' | 'status' | 'path' | 'request'>

type RightsOf = (call: SeenCall) => readonly Right[]

const ACCOUNT = '123456789012'
/** Of the simulator's own variables. */
const REGION = 'us-east-1'

/**
 * By the operation, what an answer to a call depends on. Source: AWS's Service Authorization Reference, and of S3 "Required permissions for
 * Amazon S3 API operations": an object that is not there is AccessDenied to who may not list the bucket, so who has to know that it
 * is not there has to have that right.
 */
const RIGHTS: Readonly<Record<string, RightsOf>> = {
  's3.PutObject': onObject('s3:PutObject'),
  's3.GetObject': readsObject,
  's3.HeadObject': readsObject,
  's3.DeleteObject': onObject('s3:DeleteObject'),
  's3.HeadBucket': onBucket('s3:ListBucket'),
  's3.ListObjectsV2': onBucket('s3:ListBucket'),
  's3.CreateMultipartUpload': onObject('s3:PutObject'),
  's3.UploadPart': onObject('s3:PutObject'),
  's3.CompleteMultipartUpload': onObject('s3:PutObject'),
  's3.AbortMultipartUpload': onObject('s3:AbortMultipartUpload'),
  // With tags it needs the right to set them, and the role has to be one that the caller may give away.
  'sagemaker.CreateTrainingJob': (call) => [
    ...onTrainingJob('sagemaker:CreateTrainingJob')(call),
    ...onTrainingJob('sagemaker:AddTags')(call),
    { action: 'iam:PassRole', resource: textOf(call, 'RoleArn') },
  ],
  'sagemaker.DescribeTrainingJob': onTrainingJob('sagemaker:DescribeTrainingJob'),
  'sagemaker.ListTrainingJobs': onAll('sagemaker:ListTrainingJobs'),
  'sagemaker.StopTrainingJob': onTrainingJob('sagemaker:StopTrainingJob'),
  'logs.DescribeLogStreams': onStream('logs:DescribeLogStreams'),
  'logs.GetLogEvents': onStream('logs:GetLogEvents'),
  'ecr.GetAuthorizationToken': onAll('ecr:GetAuthorizationToken'),
  'ecr.DescribeRepositories': onRepositories('ecr:DescribeRepositories'),
  'ecr.CreateRepository': onRepositories('ecr:CreateRepository'),
  // It needs none: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
  'sts.GetCallerIdentity': () => [],
}

/** The rights that calls need. Throws for a call that the table does not have. Pure. */
export function rightsOf(calls: readonly SeenCall[]): readonly Right[] {
  return calls.flatMap((call) => {
    const rights = RIGHTS[`${call.service}.${call.operation}`]
    if (rights === undefined) throw new Error(`which right does ${call.service}.${call.operation} need?`)
    return rights(call)
  })
}

function onAll(action: string): RightsOf {
  return () => [{ action, resource: '*' }]
}

function onObject(action: string): RightsOf {
  return ({ path }) => [
    { action, resource: `arn:aws:s3:::${decodeURIComponent(path.split('?', 1)[0] ?? '').slice(1)}` },
  ]
}

function onBucket(action: string): RightsOf {
  return ({ path }) => [{ action, resource: `arn:aws:s3:::${path.split(/[/?]/)[1] ?? ''}` }]
}

function readsObject(call: SeenCall): readonly Right[] {
  return [...onObject('s3:GetObject')(call), ...(call.status === 404 ? onBucket('s3:ListBucket')(call) : [])]
}

function onTrainingJob(action: string): RightsOf {
  return (call) => [{ action, resource: arnOf('sagemaker', `training-job/${textOf(call, 'TrainingJobName')}`) }]
}

function onRepositories(action: string): RightsOf {
  return ({ request }) => {
    const { repositoryName, repositoryNames = [] } = request as {
      readonly repositoryName?: string
      readonly repositoryNames?: readonly string[]
    }
    const names = repositoryName === undefined ? repositoryNames : [repositoryName]
    return names.map((name) => ({ action, resource: arnOf('ecr', `repository/${name}`) }))
  }
}

function onStream(action: string): RightsOf {
  return (call) => {
    const stream = textOf(call, 'logStreamName')
    return [{ action, resource: arnOf('logs', `log-group:${textOf(call, 'logGroupName')}:log-stream:${stream}`) }]
  }
}

function arnOf(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`
}

/** A member of a request; empty where it is not there. */
function textOf({ request }: SeenCall, member: string): string {
  return (request as Readonly<Record<string, string | undefined>>)[member] ?? ''
}
