import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import * as fc from 'fast-check'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'

import { parseArn } from '../../src/aws/arn.ts'
import type { AwsCredentials } from '../../src/aws/aws-client-config.ts'
import { clientConfig } from '../../src/aws/client-config.ts'
import { isLoopback } from '../../src/aws/is-loopback.ts'
import { startedAws } from '../support/started-aws.ts'

const region = 'eu-west-1'
const aws = startedAws()
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidestep-aws-'))
  for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_'))) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })
})

async function credentialsOf(location: Parameters<typeof clientConfig>[0]): Promise<AwsCredentials | undefined> {
  const { credentials } = await clientConfig(location)
  return typeof credentials === 'function' ? credentials() : credentials
}

async function writeProfile(key: string): Promise<void> {
  await writeFile(join(folder, 'credentials'), `[dev]\naws_access_key_id = ${key}\naws_secret_access_key = x\n`)
}

test('a simulator on this machine needs no credentials, and no other endpoint goes without', async () => {
  const { endpoint } = aws
  const client = new STSClient(await clientConfig({ region, endpoint }))
  expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '123456789012' })
  await expect(credentialsOf({ region, endpoint: 'https://sts.example.com' })).rejects.toThrow(
    'Could not load credentials',
  )
  await expect(credentialsOf({ region })).rejects.toThrow('Could not load credentials')
})

test('the environment comes before what a simulator would take, and a profile before the environment', async () => {
  const { endpoint } = aws
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'of-the-environment')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x')
  expect(await credentialsOf({ region, endpoint })).toMatchObject({ accessKeyId: 'of-the-environment' })
  await writeProfile('of-the-profile')
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  expect(await credentialsOf({ region, endpoint, profile: 'dev' })).toMatchObject({ accessKeyId: 'of-the-profile' })
  warn.mockRestore()
})

test('whoever signs in again while a run waits is heard: credentials without an end are read anew', async () => {
  await writeProfile('first')
  const { credentials } = await clientConfig({ region, profile: 'dev' })
  if (typeof credentials !== 'function') throw new Error('the credentials are fixed')
  const first = await credentials()
  expect(first.accessKeyId).toBe('first')
  const minutes = ((first.expiration?.getTime() ?? Infinity) - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(5)
  expect(minutes).toBeLessThan(20)
  await writeProfile('second')
  expect((await credentials()).accessKeyId).toBe('second')
})

test('a server that never answers is an error one day', async () => {
  const { requestHandler } = await clientConfig({ region, endpoint: aws.endpoint })
  expect(requestHandler).toEqual({ connectionTimeout: 10_000, socketTimeout: 60_000 })
})

test.for([
  'http://localhost:1',
  'http://127.0.0.1',
  'https://127.8.9.10:5',
  'http://[::1]:80',
  'http://s3.localhost:1',
])('%s is this machine', (endpoint) => {
  expect(isLoopback(endpoint)).toBe(true)
})

test.for([
  'http://localhost.example.com',
  'http://10.0.0.1',
  'https://127.0.0.1.nip.io',
  'localhost:1',
  '',
  'http://[::2]',
])('%j is not', (endpoint) => {
  expect(isLoopback(endpoint)).toBe(false)
})

test('an ARN is read with all that its resource has', () => {
  expect(parseArn('arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/a-AbCdEf')).toEqual({
    partition: 'aws',
    service: 'secretsmanager',
    region: 'eu-west-1',
    account: '123456789012',
    resource: 'secret:db/a-AbCdEf',
  })
  expect(parseArn('arn:aws-cn:iam::123456789012:role/a/b')).toMatchObject({ partition: 'aws-cn', region: '' })
  expect(parseArn('arn:aws:s3:::bucket')).toMatchObject({ account: '', resource: 'bucket' })
  for (const text of [
    '',
    'role',
    'arn:aws:iam::12:role/a',
    'arn:gcp:iam::123456789012:role/a',
    'arn:aws:iam::123456789012:',
  ]) {
    expect(parseArn(text)).toBeUndefined()
  }
  const resource = fc.string({ minLength: 1 }).filter((text) => /^[^\s].*$/.test(text))
  fc.assert(
    fc.property(resource, (text) => {
      expect(parseArn(`arn:aws:ssm:us-east-1:123456789012:${text}`)?.resource).toBe(text)
    }),
  )
})
