import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  type CreateSecretCommandInput,
} from '@aws-sdk/client-secrets-manager'
import { expect, onTestFinished, test } from 'vitest'

import { ManualClock, startSimulator, type Clock, type Simulator } from '../../src/index.ts'

const DAY_MS = 24 * 60 * 60_000

async function started(clock?: Clock): Promise<{ simulator: Simulator; client: SecretsManagerClient }> {
  const simulator = await startSimulator('aws', clock === undefined ? {} : { clock })
  onTestFinished(async () => simulator.close())
  return { simulator, client: clientOf(simulator) }
}

function clientOf({ endpoint }: Simulator, region = 'eu-west-1', systemClockOffset = 0): SecretsManagerClient {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  return new SecretsManagerClient({ endpoint, region, credentials, maxAttempts: 1, systemClockOffset })
}

const get = (SecretId: string, VersionStage?: string): GetSecretValueCommand =>
  new GetSecretValueCommand(VersionStage === undefined ? { SecretId } : { SecretId, VersionStage })

test('a secret is read by its name and its ARN, in its region', async () => {
  const { simulator, client } = await started()
  const { ARN = '' } = await client.send(new CreateSecretCommand({ Name: 'db/main', SecretString: 'open sesame' }))
  expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:123456789012:secret:db\/main-[A-Za-z0-9]{6}$/)
  for (const id of ['db/main', ARN, ARN.slice(0, -7)]) {
    expect(await client.send(get(id))).toMatchObject({
      Name: 'db/main',
      SecretString: 'open sesame',
      VersionStages: ['AWSCURRENT'],
    })
  }
  for (const id of ['db', 'db/main2', `${ARN}x`]) {
    await expect(client.send(get(id))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    })
  }
  await expect(clientOf(simulator, 'us-east-1').send(get('db/main'))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('a new value is the current one, and the one before stays', async () => {
  const { client } = await started()
  await client.send(new CreateSecretCommand({ Name: 'token' }))
  await expect(client.send(get('token'))).rejects.toMatchObject({
    message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  })
  await client.send(new PutSecretValueCommand({ SecretId: 'token', SecretString: 'first' }))
  const put = { SecretId: 'token', SecretBinary: Buffer.from([0, 255]), ClientRequestToken: 'x'.repeat(32) }
  await client.send(new PutSecretValueCommand(put))
  // The answer was lost: the same again is no other value.
  await client.send(new PutSecretValueCommand(put))
  await expect(
    client.send(new PutSecretValueCommand({ ...put, SecretBinary: Buffer.from('other') })),
  ).rejects.toMatchObject({ name: 'ResourceExistsException' })
  const current = await client.send(get('token'))
  expect(Buffer.from(current.SecretBinary ?? [])).toEqual(Buffer.from([0, 255]))
  expect(await client.send(get('token', 'AWSPREVIOUS'))).toMatchObject({ SecretString: 'first' })
})

test.for([
  ['a name with a space', { Name: 'a b', SecretString: 'x' }, 'ValidationException'],
  ['a name of 513 characters', { Name: 'a'.repeat(513), SecretString: 'x' }, 'ValidationException'],
  ['two values', { Name: 'a', SecretString: 'x', SecretBinary: Buffer.from('x') }, 'InvalidParameterException'],
  ['too large a value', { Name: 'a', SecretBinary: Buffer.alloc(65_537) }, 'ValidationException'],
  ['a value without bytes', { Name: 'a', SecretBinary: Buffer.alloc(0) }, 'ValidationException'],
  ['a text of too many bytes', { Name: 'a', SecretString: 'é'.repeat(32_769) }, 'InvalidParameterException'],
  ['a replica', { Name: 'a', AddReplicaRegions: [{ Region: 'us-east-1' }] }, 'ValidationException'],
  ['too long a text', { Name: 'a', SecretString: 'x'.repeat(65_537) }, 'ValidationException'],
  ['a short token', { Name: 'a', SecretString: 'x', ClientRequestToken: 'short' }, 'ValidationException'],
] as const)('%s is refused', async ([, request, name]) => {
  const { client } = await started()
  await expect(client.send(new CreateSecretCommand(request as CreateSecretCommandInput))).rejects.toMatchObject({
    name,
  })
})

test('a message about a secret does not tell it', async () => {
  const { client } = await started()
  const create = new CreateSecretCommand({ Name: 'a', SecretString: 'sesame'.repeat(11_000) })
  await expect(client.send(create)).rejects.toMatchObject({
    message:
      "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
  })
})

test('the same value again takes no label back from a later one', async () => {
  const { client } = await started()
  const first = { SecretId: 'token', SecretString: 'first', ClientRequestToken: 'x'.repeat(32) }
  await client.send(new CreateSecretCommand({ Name: 'token' }))
  await client.send(new PutSecretValueCommand(first))
  await client.send(new PutSecretValueCommand({ SecretId: 'token', SecretString: 'second' }))
  expect(await client.send(new PutSecretValueCommand(first))).toMatchObject({ VersionStages: ['AWSPREVIOUS'] })
  expect(await client.send(get('token'))).toMatchObject({ SecretString: 'second' })
})

test('a secret that is not there can be deleted by force only', async () => {
  const { client } = await started()
  await expect(client.send(new DeleteSecretCommand({ SecretId: 'none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  expect(
    await client.send(new DeleteSecretCommand({ SecretId: 'none', ForceDeleteWithoutRecovery: true })),
  ).toMatchObject({ Name: 'none' })
})

test('a secret that is deleted is no secret any more, and its name is free only after the recovery', async () => {
  const clock = new ManualClock(Date.now())
  const { simulator, client } = await started(clock)
  const create = new CreateSecretCommand({ Name: 'old', SecretString: 'x' })
  await client.send(create)
  await client.send(new DeleteSecretCommand({ SecretId: 'old', RecoveryWindowInDays: 7 }))
  await expect(client.send(get('old'))).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: "You can't perform this operation on the secret because it was marked for deletion.",
  })
  await expect(client.send(create)).rejects.toMatchObject({ name: 'InvalidRequestException' })
  await clock.advance(7 * DAY_MS)
  const late = clientOf(simulator, 'eu-west-1', 7 * DAY_MS)
  await expect(late.send(get('old'))).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await late.send(create)
})

test('faults come in the words of the service', async () => {
  const { simulator, client } = await started()
  simulator.addFaults(
    { operation: 'secretsmanager.GetSecretValue', kind: 'server-error' },
    { operation: 'secretsmanager.GetSecretValue', kind: 'throttle' },
  )
  await expect(client.send(get('a'))).rejects.toMatchObject({ name: 'InternalServiceError' })
  await expect(client.send(get('a'))).rejects.toMatchObject({ name: 'ThrottlingException' })
})
