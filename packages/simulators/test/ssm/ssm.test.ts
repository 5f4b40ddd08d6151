import {
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

import { ManualClock, startSimulator, type SimulatorOptions } from '../../src/index.ts'
import { parseSelector } from '../../src/ssm/parameter.ts'

async function started(options: SimulatorOptions = {}): Promise<{ client: SSMClient }> {
  const simulator = await startSimulator('aws', options)
  onTestFinished(async () => simulator.close())
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const { endpoint } = simulator
  return { client: new SSMClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 }) }
}

const get = (Name: string, WithDecryption = true): GetParameterCommand =>
  new GetParameterCommand({ Name, WithDecryption })
const put = (Name: string, more: Partial<PutParameterCommandInput> = {}): PutParameterCommand =>
  new PutParameterCommand({ Name, Value: 'open sesame', Type: 'SecureString', ...more })

test('a parameter is read by its name, its ARN and its version, decrypted only where that is asked for', async () => {
  const { client } = await started()
  await client.send(put('/app/token', { Value: 'first' }))
  await client.send(put('/app/token', { Overwrite: true }))
  const ARN = 'arn:aws:ssm:eu-west-1:123456789012:parameter/app/token'
  for (const name of ['/app/token', ARN, '/app/token:2', `${ARN}:2`]) {
    const { Parameter } = await client.send(get(name))
    expect(Parameter).toMatchObject({ Name: '/app/token', Value: 'open sesame', Version: 2, ARN, Type: 'SecureString' })
  }
  expect((await client.send(get('/app/token:1'))).Parameter).toMatchObject({ Value: 'first', Selector: ':1' })
  const { Parameter: hidden } = await client.send(get('/app/token', false))
  expect(hidden?.Value).not.toContain('sesame')
  await expect(client.send(get('/app/token:3'))).rejects.toMatchObject({ name: 'ParameterVersionNotFound' })
  await expect(client.send(get('/app'))).rejects.toMatchObject({ name: 'ParameterNotFound' })
})

test('of several, those that are missing are no error', async () => {
  const { client } = await started()
  await client.send(put('plain', { Type: 'String' }))
  const answer = await client.send(new GetParametersCommand({ Names: ['/nothing', 'plain'] }))
  expect(answer.InvalidParameters).toEqual(['/nothing'])
  expect(answer.Parameters).toMatchObject([{ Name: 'plain', Value: 'open sesame' }])
  await client.send(put('/late'))
  const all = await client.send(new GetParametersCommand({ Names: ['plain', '/late'] }))
  expect(all.Parameters?.map(({ Name }) => Name)).toEqual(['/late', 'plain'])
})

test('a name has no spaces in it, and those around it do not count', async () => {
  const { client } = await started()
  await client.send(put(' /a '))
  expect((await client.send(get('/a '))).Parameter?.Name).toBe('/a')
  for (const command of [get('/a b'), new GetParametersCommand({ Names: ['/a', '/a b'] })] as const) {
    await expect(client.send(command as GetParameterCommand)).rejects.toMatchObject({ name: 'ValidationException' })
  }
})

test('what was advanced stays it, and the hundred newest values are kept', async () => {
  const { client } = await started({ rates: false })
  expect(await client.send(put('/a', { Tier: 'Advanced' }))).toMatchObject({ Version: 1, Tier: 'Advanced' })
  await expect(client.send(put('/a', { Tier: 'Standard', Overwrite: true }))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining("You can't downgrade a parameter") as string,
  })
  for (let version = 2; version <= 101; version += 1) {
    expect(await client.send(put('/a', { Overwrite: true }))).toMatchObject({ Version: version, Tier: 'Advanced' })
  }
  await expect(client.send(get('/a:1'))).rejects.toMatchObject({ name: 'ParameterVersionNotFound' })
  expect((await client.send(get('/a:2'))).Parameter).toMatchObject({ Version: 2 })
})

test.for([
  ['no value', put('/a', { Value: '' }), 'ValidationException'],
  ['no type', put('/a', { Type: undefined }), 'ValidationException'],
  ['a type that is none', put('/a', { Type: 'Secret' as never }), 'ValidationException'],
  ['a path that begins without a slash', put('a/b'), 'ValidationException'],
  ['a name of AWS', put('/aws/a'), 'ValidationException'],
  ['a name with a space', put('/a b'), 'ValidationException'],
  ['another parameter in it', put('/a', { Value: 'x {{ssm:other}}' }), 'ValidationException'],
  ['a data type that is none', put('/a', { DataType: 'Text' }), 'ValidationException'],
  ['a policy', put('/a', { Tier: 'Advanced', Policies: '[{"Type":"Expiration"}]' }), 'ValidationException'],
  ['sixteen levels', put('/a'.repeat(16)), 'HierarchyLevelLimitExceededException'],
  ['4097 characters', put('/a', { Value: 'x'.repeat(4_097) }), 'ValidationException'],
  [
    'tags of one that is overwritten',
    put('/a', { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }),
    'ValidationException',
  ],
  [
    'a value that its pattern does not allow',
    put('/a', { AllowedPattern: '[0-9]+' }),
    'ParameterPatternMismatchException',
  ],
  ['a pattern that is none', put('/a', { AllowedPattern: '(' }), 'InvalidAllowedPatternException'],
] as const)('%s is refused', async ([, command, name]) => {
  const { client } = await started()
  await expect(client.send(command)).rejects.toMatchObject({ name })
  await expect(client.send(get('/a'))).rejects.toMatchObject({ name: 'ParameterNotFound' })
})

test('one that is there is not replaced unasked', async () => {
  const { client } = await started()
  await client.send(put('/a'))
  await expect(client.send(put('/a', { Value: 'other' }))).rejects.toMatchObject({
    name: 'ParameterAlreadyExists',
    message: 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  })
  expect((await client.send(get('/a'))).Parameter?.Value).toBe('open sesame')
})

test('more than forty calls a second are too many', async () => {
  const { client } = await started({ clock: new ManualClock(Date.now()) })
  const ends = await Promise.allSettled(Array.from({ length: 60 }, async () => client.send(get('/a'))))
  const names = ends.map((end) => (end.status === 'rejected' ? (end.reason as Error).name : ''))
  expect(names.filter((name) => name === 'ParameterNotFound')).toHaveLength(40)
  expect(names.filter((name) => name === 'ThrottlingException')).toHaveLength(20)
})

test('a version stands behind the last colon of a name', () => {
  const part = fc.stringMatching(/^[\w.-]{1,8}$/)
  const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  const prefix = fc.constantFrom('', 'arn:aws:ssm:eu-west-1:123456789012:parameter')
  fc.assert(
    fc.property(prefix, name, fc.option(part, { nil: undefined }), (before, path, version) => {
      const id = `${before}${path}`
      expect(parseSelector(version === undefined ? id : `${id}:${version}`)).toEqual(
        version === undefined ? { id } : { id, selector: `:${version}` },
      )
    }),
  )
})
