import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  paginateDescribeRepositories,
} from '@aws-sdk/client-ecr'
import { expect, onTestFinished, test } from 'vitest'

import { ManualClock, startSimulator, type Simulator, type SimulatorOptions } from '../../src/index.ts'

const HOUR_MS = 60 * 60_000

async function started(options: SimulatorOptions = {}): Promise<{ simulator: Simulator; client: ECRClient }> {
  const simulator = await startSimulator('aws', options)
  onTestFinished(async () => simulator.close())
  return { simulator, client: clientOf(simulator) }
}

function clientOf({ endpoint }: Simulator, region = 'eu-west-1'): ECRClient {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  return new ECRClient({ endpoint, region, credentials, maxAttempts: 1 })
}

const create = (repositoryName: string): CreateRepositoryCommand => new CreateRepositoryCommand({ repositoryName })

async function loginOf(client: ECRClient): Promise<{ token: string; expiresAt: Date }> {
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}))
  const { authorizationToken: token = '', expiresAt = new Date(0) } = authorizationData?.[0] ?? {}
  return { token, expiresAt }
}

async function ask({ registry }: Simulator, path: string, token?: string, method = 'GET'): Promise<Response> {
  const headers = token === undefined ? {} : { authorization: `Basic ${token}` }
  return fetch(`http://${registry}${path}`, { method, headers })
}

test('a name has 256 characters at most', async () => {
  const { simulator, client } = await started()
  const name = `a/${'b'.repeat(254)}`
  await client.send(create(name))
  const { token } = await loginOf(client)
  expect((await ask(simulator, `/v2/${name}/tags/list`, token)).status).toBe(200)
})

test('a repository is made once, and described until then as missing', async () => {
  const { simulator, client } = await started()
  const describe = new DescribeRepositoriesCommand({ repositoryNames: ['acme/steps'] })
  await expect(client.send(describe)).rejects.toMatchObject({
    name: 'RepositoryNotFoundException',
    message: "The repository with name 'acme/steps' does not exist in the registry with id '123456789012'",
  })
  const { repository } = await client.send(
    new CreateRepositoryCommand({
      repositoryName: 'acme/steps',
      imageTagMutability: 'IMMUTABLE',
      tags: [{ Key: 'team', Value: 'ml' }],
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/images' },
    }),
  )
  expect(repository).toMatchObject({
    repositoryArn: 'arn:aws:ecr:eu-west-1:123456789012:repository/acme/steps',
    registryId: '123456789012',
    repositoryUri: `${simulator.registry}/acme/steps`,
    imageTagMutability: 'IMMUTABLE',
    encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/images' },
    imageScanningConfiguration: { scanOnPush: false },
  })
  await expect(client.send(create('acme/steps'))).rejects.toMatchObject({
    name: 'RepositoryAlreadyExistsException',
    message: "The repository with name 'acme/steps' already exists in the registry with id '123456789012'",
  })
  expect((await client.send(describe)).repositories).toEqual([repository])
  const elsewhere = clientOf(simulator, 'us-east-1').send(describe)
  await expect(elsewhere).rejects.toMatchObject({ name: 'RepositoryNotFoundException' })
})

test('repositories come page by page', async () => {
  const { client } = await started()
  const names = ['aa', 'bb/c', 'cc-d', 'dd__e', 'ee']
  for (const name of names.toReversed()) await client.send(create(name))
  const pages: (readonly (string | undefined)[])[] = []
  for await (const { repositories = [] } of paginateDescribeRepositories({ client, pageSize: 2 }, {})) {
    pages.push(repositories.map(({ repositoryName }) => repositoryName))
  }
  expect(pages.map(({ length }) => length)).toEqual([2, 2, 1])
  expect(pages.flat()).toEqual(names)
  const foreign = client.send(new DescribeRepositoriesCommand({ nextToken: 'made up' }))
  await expect(foreign).rejects.toMatchObject({ name: 'InvalidParameterException' })
})

test.for([
  ['a name with capitals', { repositoryName: 'Acme/steps' }, 'InvalidParameterException'],
  ['a name of one character', { repositoryName: 'a' }, 'InvalidParameterException'],
  ['a name of 257 characters', { repositoryName: 'a'.repeat(257) }, 'InvalidParameterException'],
  ['a name that ends with a slash', { repositoryName: 'acme/' }, 'InvalidParameterException'],
  ['an account that is none', { repositoryName: 'acme', registryId: '12' }, 'InvalidParameterException'],
  ['another account', { repositoryName: 'acme', registryId: '210987654321' }, 'AccessDeniedException'],
  [
    'a key for an encryption without one',
    { repositoryName: 'acme', encryptionConfiguration: { encryptionType: 'AES256' as const, kmsKey: 'k' } },
    'InvalidParameterException',
  ],
  ['a tag of AWS', { repositoryName: 'acme', tags: [{ Key: 'aws:team', Value: '' }] }, 'InvalidTagParameterException'],
  [
    'more than 50 tags',
    { repositoryName: 'acme', tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' })) },
    'TooManyTagsException',
  ],
  [
    'filters without an exclusion',
    { repositoryName: 'acme', imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD' as const, filter: 'v*' }] },
    'InvalidParameterException',
  ],
] as const)('%s is refused', async ([, request, name]) => {
  const { client } = await started()
  await expect(client.send(new CreateRepositoryCommand(request as never))).rejects.toMatchObject({ name })
  expect((await client.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([])
})

test('the registry lets in who has a token, until twelve hours later', async () => {
  const clock = new ManualClock(Date.now())
  const { simulator, client } = await started({ clock })
  const nobody = await ask(simulator, '/v2/')
  expect(nobody.status).toBe(401)
  expect(nobody.headers.get('www-authenticate')).toMatch(/^Basic realm="http:.*",service="ecr\.amazonaws\.com"$/)
  expect((await ask(simulator, '/v2/', Buffer.from('AWS:guessed').toString('base64'))).status).toBe(401)
  const { token, expiresAt } = await loginOf(client)
  expect(expiresAt.getTime()).toBe(clock.now() + 12 * HOUR_MS)
  expect((await ask(simulator, '/v2/', token)).status).toBe(200)
  await clock.advance(12 * HOUR_MS)
  const late = await ask(simulator, '/v2/', token)
  expect(late.status).toBe(403)
  expect(await late.json()).toEqual({
    errors: [{ code: 'DENIED', message: 'Your authorization token has expired. Reauthenticate and try again.' }],
  })
})

test('nothing is pushed to a repository that was not made', async () => {
  const { simulator, client } = await started()
  const { token } = await loginOf(client)
  const missing = await ask(simulator, '/v2/acme/steps/blobs/uploads/', token, 'POST')
  expect(missing.status).toBe(404)
  expect(await missing.json()).toMatchObject({
    errors: [
      {
        code: 'NAME_UNKNOWN',
        message: "The repository with name 'acme/steps' does not exist in the registry with id '123456789012'",
      },
    ],
  })
  await client.send(create('acme/steps'))
  expect((await ask(simulator, '/v2/acme/steps/blobs/uploads/', token, 'POST')).status).toBe(202)
})

test('faults come in the words of ECR', async () => {
  const { simulator, client } = await started()
  simulator.addFaults(
    { operation: 'ecr.CreateRepository', kind: 'throttle' },
    { operation: 'ecr.CreateRepository', kind: 'server-error' },
    { operation: 'ecr.GetAuthorizationToken', kind: 'expired-token' },
  )
  await expect(client.send(create('acme'))).rejects.toMatchObject({ name: 'ThrottlingException' })
  await expect(client.send(create('acme'))).rejects.toMatchObject({ name: 'ServerException' })
  await expect(loginOf(client)).rejects.toMatchObject({ name: 'ExpiredTokenException' })
})
