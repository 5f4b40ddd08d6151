import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import * as fc from 'fast-check'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'

import { SidestepError } from '@sidestep/core'

import { SagemakerStepOperator } from '../../src/operator/sagemaker-step-operator.ts'
import { keyOfJson } from '../../src/runtime/json-key.ts'
import { secretError } from '../../src/runtime/secret-error.ts'
import { secretResolvers } from '../../src/runtime.ts'
import { config } from '../operator/job-to-prepare.ts'
import { startedAws } from '../support/started-aws.ts'
import { page, twistingProxy } from '../support/twisting-proxy.ts'

const region = 'eu-west-1'
const VALUE = 'hunter2-is-the-value'
let arn = ''
const aws = startedAws(async ({ endpoint }) => {
  const config = { endpoint, region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
  const secrets = new SecretsManagerClient(config)
  const create = async (Name: string, value: object): Promise<string | undefined> =>
    (await secrets.send(new CreateSecretCommand({ Name, ...value }))).ARN
  arn = (await create('plain', { SecretString: VALUE })) ?? ''
  await create('json', { SecretString: JSON.stringify({ password: VALUE, port: 5432, tls: true, nested: { VALUE } }) })
  await create('binary', { SecretBinary: Buffer.from([0, 255, 0]) })
  await create('text-as-binary', { SecretBinary: Buffer.from(VALUE) })
  await create('gone', { SecretString: VALUE })
  await secrets.send(new DeleteSecretCommand({ SecretId: 'gone' }))
  const parameters = new SSMClient(config)
  await parameters.send(new PutParameterCommand({ Name: '/app/token', Value: VALUE, Type: 'SecureString' }))
})

beforeEach(() => {
  aws.simulator.clearFaults()
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint)
  vi.stubEnv('AWS_REGION', region)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b')
  onTestFinished(() => void vi.unstubAllEnvs())
})

async function resolve(reference: string): Promise<string> {
  const at = reference.indexOf(':')
  const resolver = secretResolvers.find(({ scheme }) => scheme === reference.slice(0, at))
  if (resolver === undefined) throw new Error(`nothing resolves ${reference}`)
  return resolver.resolve(reference.slice(at + 1))
}

async function failureOf(reference: string): Promise<SidestepError> {
  const error = await resolve(reference).catch((thrown: unknown) => thrown)
  if (!SidestepError.isInstance(error)) throw new Error(`it did not fail with an error of Sidestep: ${String(error)}`)
  return error
}

test('references are names, ARNs, and keys of secrets that are JSON', async () => {
  expect(await resolve('aws-secretsmanager:plain')).toBe(VALUE)
  expect(await resolve('aws-secretsmanager:json#password')).toBe(VALUE)
  expect(await resolve('aws-secretsmanager:json#port')).toBe('5432')
  expect(await resolve('aws-secretsmanager:json#tls')).toBe('true')
  expect(await resolve('aws-secretsmanager:text-as-binary')).toBe(VALUE)
  expect(await resolve('aws-ssm:/app/token')).toBe(VALUE)
  expect(await resolve('aws-ssm:/app/token:1')).toBe(VALUE)
  // An ARN says its region, whatever the job's is.
  vi.stubEnv('AWS_REGION', 'us-east-1')
  expect(await resolve(`aws-secretsmanager:${arn}`)).toBe(VALUE)
  expect(await resolve('aws-ssm:arn:aws:ssm:eu-west-1:123456789012:parameter/app/token')).toBe(VALUE)
})

test.for([
  ['aws-secretsmanager:', /names no secret/],
  ['aws-secretsmanager:plain#', /names no secret/],
  ['aws-secretsmanager:missing', /ResourceNotFoundException/],
  ['aws-secretsmanager:gone', /marked for deletion/],
  ['aws-secretsmanager:binary', /is binary/],
  ['aws-secretsmanager:plain#password', /no JSON object/],
  ['aws-secretsmanager:json#user', /no key user/],
  ['aws-secretsmanager:json#nested', /no text, number or boolean/],
  ['aws-secretsmanager:json#__proto__', /no key __proto__/],
  ['aws-ssm:', /names no parameter/],
  ['aws-ssm:/missing', /ParameterNotFound/],
  ['aws-ssm:/app/token:7', /ParameterVersionNotFound/],
] as const)('%s is an error that shows no value', async ([reference, words]) => {
  const error = await failureOf(reference)
  expect(error).toMatchObject({
    code: 'SECRET_MISSING',
    kind: 'config',
    message: expect.stringMatching(words) as string,
  })
  expect(error.message).toContain(reference)
  expect(JSON.stringify([error.message, error.hint, error.cause, error.stack])).not.toContain('hunter2')
})

test('a job that may not read it, one whose credentials have ended, and a service that is away are told apart', async () => {
  aws.simulator.addFaults({ operation: 'secretsmanager.GetSecretValue', kind: 'expired-token' })
  expect(await failureOf('aws-secretsmanager:plain')).toMatchObject({
    kind: 'auth',
    hint: expect.stringContaining('secretsmanager:GetSecretValue') as string,
  })
  aws.simulator.addFaults({ operation: 'ssm.GetParameter', kind: 'throttle', times: 2 })
  expect(await resolve('aws-ssm:/app/token')).toBe(VALUE)
  vi.stubEnv('AWS_REGION', undefined)
  vi.stubEnv('AWS_DEFAULT_REGION', undefined)
  expect(await failureOf('aws-ssm:/app/token')).toMatchObject({
    message: expect.stringContaining('region is not known') as string,
  })
})

test('a page that somebody else answers with is told as that, and what has no value is no binary secret', async () => {
  const { endpoint } = await twistingProxy(aws.endpoint, ({ n }) => (n === 1 ? page(200) : { status: 200, body: '{}' }))
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint)
  expect(await failureOf('aws-secretsmanager:plain')).toMatchObject({
    kind: 'infra',
    message: expect.stringContaining('the answer had the status 200, and was none of AWS') as string,
  })
  expect(await failureOf('aws-secretsmanager:plain')).toMatchObject({
    kind: 'infra',
    message: expect.stringContaining('the answer has no value of it') as string,
  })
})

test('a machine whose clock is off has no wrong role', () => {
  const message = 'Signature expired: 20261122T100000Z is now earlier than 20261122T101000Z (20261122T101500Z - 5 min.)'
  const refused = Object.assign(new Error(message), { name: 'InvalidSignatureException', $fault: 'client' })
  const call = { place: 'aws-ssm:/x', action: 'ssm:GetParameter', command: 'aws ssm get-parameter --name /x', region }
  expect(secretError(refused, call)).toMatchObject({ kind: 'infra', hint: expect.stringContaining('clock') as string })
  refused.message = 'The security token included in the request is invalid.'
  expect(secretError(refused, call)).toMatchObject({ kind: 'auth' })
})

test('what is missing is told with where it was asked for, and how to ask oneself', async () => {
  const parameter = await failureOf('aws-ssm:/missing')
  expect(parameter.message).toBe('the secret aws-ssm:/missing cannot be resolved: ParameterNotFound')
  expect(parameter.hint).toContain('The job asked in eu-west-1, with its role')
  expect(parameter.hint).toContain('`aws ssm get-parameter --name /missing --region eu-west-1`')
  const secret = await failureOf('aws-secretsmanager:missing#key')
  expect(secret.hint).toContain('`aws secretsmanager describe-secret --secret-id missing --region eu-west-1`')
})

test('the schemes that the launcher checks are those that a job resolves', async () => {
  const operator = new SagemakerStepOperator(config())
  expect(operator.jobSecretSchemes).toEqual(secretResolvers.map(({ scheme }) => scheme))
})

test('no text that is no JSON is shown, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4 }), fc.string({ minLength: 1 }), (text, key) => {
      let thrown: unknown
      try {
        keyOfJson(text, key, 'place')
      } catch (error) {
        thrown = error
      }
      if (!SidestepError.isInstance(thrown)) return
      expect(thrown.cause).toBeUndefined()
      const shown = `${thrown.message} ${thrown.hint}`.replaceAll(key, '')
      fc.pre(
        !'the secret place cannot be resolved: no JSON object Leave # and what follows out, to get all of it.'.includes(
          text,
        ),
      )
      expect(shown).not.toContain(text)
    }),
  )
})
