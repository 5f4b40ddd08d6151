import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr'
import { ManualClock, startSimulator, type Simulator } from '@sidestep/simulators'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'

import { ecr } from '../../src/ecr.ts'
import { ecrConfigSchema } from '../../src/registry/ecr-config-schema.ts'
import type { EcrConfig } from '../../src/registry/ecr-config.ts'
import { EcrContainerRegistry } from '../../src/registry/ecr-container-registry.ts'
import { parseEcrUri } from '../../src/registry/ecr-uri.ts'
import { changed, twistingProxy } from '../support/twisting-proxy.ts'

const region = 'eu-west-1'
const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const { signal } = new AbortController()
const HOUR_MS = 60 * 60_000

beforeEach(() => {
  vi.stubEnv('AWS_REGION', undefined)
  vi.stubEnv('AWS_DEFAULT_REGION', undefined)
  onTestFinished(() => void vi.unstubAllEnvs())
})

async function started(clock?: ManualClock): Promise<Simulator> {
  const simulator = await startSimulator('aws', clock === undefined ? {} : { clock })
  onTestFinished(async () => {
    simulator.clearFaults()
    await simulator.close()
  })
  return simulator
}

type Place = { readonly registry?: string | undefined; readonly endpoint: string }

function open({ registry, endpoint }: Place, config: Partial<EcrConfig> = {}): EcrContainerRegistry {
  return new EcrContainerRegistry({ uri: `${registry}/acme`, region, endpoint, ...config })
}

function callsOf({ calls }: Simulator, operation: string): number {
  return calls.filter((call) => call.operation === operation).length
}

test.for([
  [HOST, { host: HOST, prefix: '', account: '123456789012', region }],
  [`${HOST}/acme/steps/`, { host: HOST, prefix: 'acme/steps', account: '123456789012', region }],
  [
    '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a',
    {
      host: '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
      prefix: 'a',
      account: '123456789012',
      region: 'us-gov-west-1',
    },
  ],
  [
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
    {
      host: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
      prefix: '',
      account: '123456789012',
      region: 'cn-north-1',
    },
  ],
  [
    '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu',
    {
      host: '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu',
      prefix: '',
      account: '123456789012',
      region: 'eusc-de-east-1',
    },
  ],
  ['127.0.0.1:5000/a', { host: '127.0.0.1:5000', prefix: 'a' }],
  ['localhost:5000', { host: 'localhost:5000', prefix: '' }],
] as const)('%s is a registry', ([uri, place]) => {
  expect(parseEcrUri(uri)).toEqual(place)
})

test.for([
  ['docker.io/acme', 'this is no registry of ECR: write ACCOUNT.dkr.ecr.REGION.amazonaws.com, or that with /PREFIX'],
  [`https://${HOST}`, `write it without the scheme: ${HOST}`],
  ['public.ecr.aws/acme', 'images cannot be pushed there for jobs: use a private registry'],
  [`${HOST}/Acme`, 'this is no registry of ECR'],
  [`${HOST}/a//b`, 'this is no registry of ECR'],
  [`12.dkr.ecr.eu-west-1.amazonaws.com`, 'this is no registry of ECR'],
  [`${HOST}.example.com`, 'this is no registry of ECR'],
  ['127.0.0.1:5000', "a registry on this machine is a simulator's: set endpoint to its API"],
] as const)('%s is none', ([uri, words]) => {
  const result = ecrConfigSchema.safeParse({ uri })
  expect(result.success).toBe(false)
  expect(result.error?.issues[0]?.message).toContain(words)
})

test("the registry's name says the region, and nothing else may", () => {
  expect(ecrConfigSchema.parse({ uri: HOST })).toEqual({ uri: HOST, region })
  expect(ecrConfigSchema.parse({ uri: HOST, region })).toEqual({ uri: HOST, region })
  const other = ecrConfigSchema.safeParse({ uri: HOST, region: 'us-east-1' })
  expect(other.error?.issues[0]?.message).toBe('the registry is in eu-west-1: leave region out')
  vi.stubEnv('AWS_REGION', 'us-east-1')
  expect(ecr({ uri: HOST }).complete?.()).toEqual({ uri: HOST })
  expect(ecrConfigSchema.parse({ uri: HOST })).toMatchObject({ region })
  expect(new EcrContainerRegistry({ uri: HOST, region }).location).toEqual({ cloud: 'aws', region })
})

test('a login is asked for once, by all who want it at once, and again before it ends', async () => {
  const clock = new ManualClock(Date.now())
  const simulator = await started(clock)
  const registry = open(simulator)
  const logins = await Promise.all(Array.from({ length: 5 }, async () => registry.login({ signal })))
  expect(new Set(logins.map(({ password }) => password)).size).toBe(1)
  expect(logins[0]?.username).toBe('AWS')
  expect(callsOf(simulator, 'GetAuthorizationToken')).toBe(1)
  onTestFinished(() => void vi.useRealTimers())
  const pass = async (hours: number): Promise<void> => {
    await clock.advance(hours * HOUR_MS)
    vi.useFakeTimers({ toFake: ['Date'], now: clock.now() })
  }
  await pass(10.5)
  expect(await registry.login({ signal })).toEqual(logins[0])
  await pass(0.6)
  expect((await registry.login({ signal })).password).not.toBe(logins[0]?.password)
  expect(callsOf(simulator, 'GetAuthorizationToken')).toBe(2)
})

test('a login that does not say its end is asked for once all the same', async () => {
  const simulator = await started()
  const { endpoint, calls } = await twistingProxy(simulator.endpoint, async ({ operation, forward }) => {
    if (operation !== 'GetAuthorizationToken') return undefined
    const answer = await forward()
    const { authorizationData } = JSON.parse(answer.body) as { authorizationData: readonly object[] }
    return changed(answer, { authorizationData: authorizationData.map((data) => ({ ...data, expiresAt: null })) })
  })
  const registry = open({ registry: simulator.registry, endpoint })
  for (let n = 0; n < 3; n += 1) expect((await registry.login({ signal })).username).toBe('AWS')
  expect(calls).toEqual(['GetAuthorizationToken'])
})

test('who gives up takes no login from any of the others, however many do one after another', async () => {
  const simulator = await started()
  simulator.addFaults({ operation: 'ecr.GetAuthorizationToken', kind: 'slow', delayMs: 300, times: 3 })
  const registry = open(simulator)
  const leaving = Array.from({ length: 2 }, () => new AbortController())
  const logins = [...leaving.map(async (one) => registry.login({ signal: one.signal })), registry.login({ signal })]
  const settled = Promise.allSettled(logins)
  for (const one of leaving) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    one.abort(new Error('enough'))
  }
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  simulator.clearFaults()
})

test('who gives up takes no login from the others', async () => {
  const simulator = await started()
  const registry = open(simulator)
  const giveUp = new AbortController()
  const [first, second] = [registry.login({ signal: giveUp.signal }), registry.login({ signal })]
  giveUp.abort(new Error('enough'))
  await expect(first).rejects.toThrow('enough')
  expect((await second).username).toBe('AWS')
})

test('a repository is made with what is configured, and looked for once', async () => {
  const simulator = await started()
  const registry = open(simulator, { tags: { team: 'ml' }, mutableTags: false, kmsKeyId: 'alias/images' })
  await registry.createRepository('acme/steps', { signal })
  await registry.createRepository('acme/steps', { signal })
  expect(simulator.calls.map(({ operation }) => operation)).toEqual(['DescribeRepositories', 'CreateRepository'])
  expect(simulator.calls.at(-1)?.request).toEqual({
    repositoryName: 'acme/steps',
    tags: [{ Key: 'team', Value: 'ml' }],
    imageTagMutability: 'IMMUTABLE',
    encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/images' },
  })
  const { endpoint } = simulator
  const client = new ECRClient({ endpoint, region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
  const { repositories } = await client.send(new DescribeRepositoriesCommand({}))
  expect(repositories).toHaveLength(1)
})

test('an answer that is lost, throttling, and somebody who is quicker are no failures', async () => {
  const simulator = await started()
  simulator.addFaults(
    { operation: 'ecr.DescribeRepositories', kind: 'throttle' },
    { operation: 'ecr.CreateRepository', kind: 'reset-after' },
    { operation: 'ecr.GetAuthorizationToken', kind: 'server-error' },
  )
  const registry = open(simulator)
  await registry.createRepository('acme/steps', { signal })
  await registry.login({ signal })
  expect(simulator.unmetFaults).toEqual([])
})

test('where credentials have ended, new ones are asked for', async () => {
  const simulator = await started()
  simulator.addFaults({ operation: 'ecr.*', kind: 'expired-token' })
  expect((await open(simulator).login({ signal })).username).toBe('AWS')
  expect(simulator.unmetFaults).toEqual([])
})

test('what an answer says of the time may be wrong', async () => {
  const simulator = await started()
  const registry = open(simulator)
  simulator.addFaults({ operation: 'ecr.GetAuthorizationToken', kind: 'clock-off', delayMs: 36_000_000 })
  expect((await registry.login({ signal })).username).toBe('AWS')
  await registry.createRepository('acme/steps', { signal })
  expect(await registry.hasRepository('acme/steps', { signal })).toBe(true)
  expect(simulator.unmetFaults).toEqual([])
})

test('errors say what is missing', async () => {
  const simulator = await started()
  const registry = open(simulator)
  simulator.addFaults({ operation: 'ecr.GetAuthorizationToken', kind: 'expired-token', times: 2 })
  await expect(registry.login({ signal })).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    kind: 'auth',
    hint: expect.stringContaining('aws sso login') as string,
  })
  // And nobody remembers it.
  expect((await registry.login({ signal })).username).toBe('AWS')
  await expect(registry.createRepository('Acme', { signal })).rejects.toMatchObject({
    code: 'REGISTRY_FAILED',
    kind: 'config',
  })
})

test('doctor makes nothing, and pushes only where there is a repository', async () => {
  const simulator = await started()
  const registry = open(simulator)
  expect(await registry.diagnose({ signal })).toMatchObject([
    { state: 'ok', found: 'ECR gave a login for AWS' },
    { state: 'ok', found: expect.stringContaining('the first build makes it') as string },
  ])
  expect(callsOf(simulator, 'CreateRepository')).toBe(0)
  await registry.createRepository('acme/sidestep', { signal })
  expect(await registry.diagnose({ signal })).toMatchObject([
    { state: 'ok' },
    { state: 'ok', found: 'it is there' },
    { state: 'ok', found: expect.stringContaining('one may push there') as string },
  ])
  simulator.addFaults({ operation: 'ecr.GetAuthorizationToken', kind: 'expired-token', times: 2 })
  expect(await open(simulator).diagnose({ signal })).toMatchObject([{ state: 'problem' }])
})
