import { randomUUID } from 'node:crypto'

import { epochSeconds, type AwsJsonCall } from '../aws-json/aws-json-call.ts'
import { AwsJsonError } from '../aws-json/aws-json-error.ts'
import { AwsJsonService } from '../aws-json/aws-json-service.ts'
import type { Clock } from '../ground/clock.ts'
import type { Service } from '../ground/service.ts'
import { SECRETS_MANAGER_LIMITS } from './limits.ts'
import { addVersion, versionAt, type Secret, type SecretVersion } from './secret.ts'
import { valueOf, type ValueRequest } from './secret-value.ts'
import { newArn, Secrets } from './secrets.ts'
import { markedForDeletion, modelled, noValue } from './secrets-manager-errors.ts'

interface CreateRequest extends ValueRequest {
  readonly Name: string
  readonly AddReplicaRegions?: unknown
  readonly CrossAccountPrimaryARN?: unknown
  readonly Type?: unknown
  readonly ClientRequestToken?: string
}

interface PutRequest extends ValueRequest {
  readonly SecretId: string
  readonly ClientRequestToken?: string
  readonly VersionStages?: readonly string[]
}

interface DeleteRequest {
  readonly SecretId: string
  readonly RecoveryWindowInDays?: number
  readonly ForceDeleteWithoutRecovery?: boolean
}

interface GetRequest {
  readonly SecretId: string
  readonly VersionId?: string
  readonly VersionStage?: string
}

/** AWS Secrets Manager, as far as secrets are made and read: without keys, rotation, replicas and policies. */
export function secretsManagerService(clock: Clock): Service {
  const secrets = new Secrets(clock)
  return new AwsJsonService({
    name: 'secretsmanager',
    targetPrefix: 'secretsmanager',
    signingName: 'secretsmanager',
    limits: SECRETS_MANAGER_LIMITS,
    effects: ['CreateSecret', 'PutSecretValue', 'DeleteSecret'],
    rates: RATES,
    operations: {
      GetSecretValue: { input: 'GetSecretValueRequest', run: (call) => getValue(call, secrets) },
      CreateSecret: { input: 'CreateSecretRequest', run: async (call) => create(call, secrets) },
      PutSecretValue: { input: 'PutSecretValueRequest', run: async (call) => putValue(call, secrets) },
      DeleteSecret: { input: 'DeleteSecretRequest', run: async (call) => remove(call, secrets) },
    },
    errorFor: (kind) =>
      kind === 'server-error'
        ? new AwsJsonError('InternalServiceError', 'An error occurred on the server side.', {
            status: 500,
            messageKey: 'Message',
          })
        : undefined,
  })
}

/** By account and region: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const RATES = {
  GetSecretValue: { perSecond: 10_000 },
  CreateSecret: { perSecond: 50 },
  PutSecretValue: { perSecond: 50 },
  DeleteSecret: { perSecond: 50 },
} as const

const NAME = /^[\w/+=.@-]+$/

function getValue({ region, request }: AwsJsonCall<GetRequest>, secrets: Secrets): unknown {
  const secret = secrets.get(region, request.SecretId)
  if (secret.deletedAt !== undefined) throw markedForDeletion()
  const { VersionId, VersionStage } = request
  const version = VersionId === undefined ? versionAt(secret, VersionStage) : secret.versions.get(VersionId)
  if (version === undefined) {
    throw noValue(
      VersionId === undefined ? `staging label: ${VersionStage ?? 'AWSCURRENT'}` : `VersionId: ${VersionId}`,
    )
  }
  if (VersionStage !== undefined && !version.stages.has(VersionStage)) {
    const message = 'You provided a VersionStage that is not associated to the provided VersionId.'
    throw modelled('InvalidRequestException', message)
  }
  const { text, binary, createdAt } = version
  return {
    ...named(secret, version),
    ...(text === undefined ? { SecretBinary: binary } : { SecretString: text }),
    CreatedDate: epochSeconds(createdAt),
  }
}

async function create(call: AwsJsonCall<CreateRequest>, secrets: Secrets): Promise<unknown> {
  const { region, request, exchange } = call
  const { Name, ClientRequestToken: id = randomUUID() } = request
  if (!NAME.test(Name)) {
    const message =
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!'
    throw new AwsJsonError('ValidationException', message)
  }
  for (const member of ['AddReplicaRegions', 'CrossAccountPrimaryARN', 'Type'] as const) {
    if (request[member] === undefined) continue
    throw new AwsJsonError('ValidationException', `The simulator does not implement ${member} of a secret.`)
  }
  const value = valueOf(request)
  const there = secrets.find(region, Name)
  if (there?.deletedAt !== undefined) {
    const message = "You can't create this secret because a secret with this name is already scheduled for deletion."
    throw modelled('InvalidRequestException', message)
  }
  if (there !== undefined) {
    // Who asks for the same again, because no answer came, gets the same answer.
    const before = there.versions.get(id)
    if (before !== undefined && isSame(before, value)) return { ARN: there.arn, Name, VersionId: id }
    throw modelled('ResourceExistsException', `The operation failed because the secret ${Name} already exists.`)
  }
  let arn = ''
  await exchange.effect(() => {
    const secret = secrets.find(region, Name) ?? secrets.add(region, Name)
    arn = secret.arn
    if (value !== undefined) addVersion(secret, { id, createdAt: exchange.clock.now(), ...value })
  })
  return { ARN: arn, Name, ...(value === undefined ? {} : { VersionId: id }) }
}

async function putValue({ region, request, exchange }: AwsJsonCall<PutRequest>, secrets: Secrets): Promise<unknown> {
  const secret = secrets.get(region, request.SecretId)
  if (secret.deletedAt !== undefined) throw markedForDeletion()
  const value = valueOf(request)
  if (value === undefined) {
    throw modelled('InvalidParameterException', 'You must provide either SecretString or SecretBinary.')
  }
  const { ClientRequestToken: id = randomUUID(), VersionStages } = request
  const before = secret.versions.get(id)
  if (before !== undefined && !isSame(before, value)) {
    throw modelled('ResourceExistsException', 'A resource with the ID you requested already exists.')
  }
  // Who puts the same again, because no answer came, changes nothing, and takes no label back.
  if (before !== undefined) return named(secret, before)
  let stages: readonly string[] = []
  await exchange.effect(() => {
    stages = [...addVersion(secret, { id, createdAt: exchange.clock.now(), ...value }, VersionStages).stages]
  })
  return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: stages }
}

const DAY_MS = 24 * 60 * 60_000
const DEFAULT_RECOVERY_DAYS = 30

async function remove({ region, request, exchange }: AwsJsonCall<DeleteRequest>, secrets: Secrets): Promise<unknown> {
  const { SecretId, RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: isForced = false } = request
  if (days !== undefined && isForced) {
    const message = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
    throw modelled('InvalidParameterException', message)
  }
  if (days !== undefined && (days < 7 || days > 30)) {
    const message = 'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).'
    throw modelled('InvalidParameterException', message)
  }
  if (isForced && secrets.find(region, SecretId) === undefined) {
    // "If you forcibly delete an already deleted or nonexistent secret, the operation does not return ResourceNotFoundException."
    const ARN = SecretId.startsWith('arn:') ? SecretId : newArn(region, SecretId)
    return { ARN, Name: SecretId, DeletionDate: epochSeconds(exchange.clock.now()) }
  }
  const secret = secrets.get(region, SecretId)
  if (secret.deletedAt !== undefined && !isForced) throw markedForDeletion()
  const at = exchange.clock.now() + (isForced ? 0 : (days ?? DEFAULT_RECOVERY_DAYS) * DAY_MS)
  await exchange.effect(() => {
    secret.deletedAt = at
  })
  return { ARN: secret.arn, Name: secret.name, DeletionDate: epochSeconds(at) }
}

function named({ arn, name }: Secret, { id, stages }: SecretVersion): Readonly<Record<string, unknown>> {
  return { ARN: arn, Name: name, VersionId: id, VersionStages: [...stages] }
}

function isSame(version: SecretVersion, value: ReturnType<typeof valueOf>): boolean {
  if (value === undefined) return false
  return 'text' in value ? version.text === value.text : version.binary === value.binary
}
