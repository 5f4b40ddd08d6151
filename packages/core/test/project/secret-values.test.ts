import { join } from 'node:path'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { SidestepError } from '../../src/errors.ts'
import { parseProjectText } from '../../src/project/project-file.ts'
import { whyItIsSecret } from '../../src/project/secret-values.ts'

const letters = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0'

test.each([
  ['password', 'hunter2'],
  ['dbPassword', 4711],
  ['API_KEY', 'abc'],
  ['api-key', 'abc'],
  ['accessToken', 'abc'],
  ['clientSecret', 'abc'],
  ['connectionString', 'Server=x'],
  ['secretAccessKey', 'abc'],
  ['x', `AKIA${'ABCDEFGHIJKLMNOP'}`],
  ['x', `ghp_${letters}`],
  ['x', `github_pat_${letters}`],
  ['x', `sk-${letters}`],
  ['x', `hf_${letters}`],
  ['x', '-----BEGIN RSA PRIVATE KEY-----\nabc'],
  ['x', `eyJ${letters}.eyJ${letters}.${letters}`],
  ['x', 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc=='],
  ['x', 'postgres://user:hunter2@host/db'],
  ['x', 'https://a.blob.core.windows.net/c?sv=1&sig=abc'],
])('%s: %s is a secret', (key, value) => {
  expect(whyItIsSecret(key, value)).toBeDefined()
})

test.each([
  ['secretName', 'hf'],
  ['tokenUri', 'https://oauth2.googleapis.com/token'],
  ['secretArn', 'arn:aws:secretsmanager:eu-west-1:1:secret:hf'],
  ['token', 'aws-secretsmanager:hf'],
  ['token', 'file:/run/secrets/token'],
  ['token', '${env:TOKEN}'],
  ['password', ''],
  ['connectionString', 'AccountName=a;AccountKey=${env:KEY}'],
  ['url', 'https://user:${env:PASSWORD}@host/'],
  ['credentials', './key.json'],
  ['maxTokens', 512],
  ['token', 5],
  ['key', 'prefix/part'],
  ['publicKey', 'ssh-ed25519 AAAA'],
  ['kmsKeyId', 'alias/mine'],
  ['role', 'arn:aws:iam::123456789012:role/steps'],
  ['image', 'registry:5000/name@sha256:0123'],
  ['uri', 's3://bucket/task-sk-learn'],
  ['compartment', 'risk-assessment-of-the-whole-company'],
])('%s: %s is none', (key, value) => {
  expect(whyItIsSecret(key, value)).toBeUndefined()
})

const secretKey = fc
  .tuple(
    fc.constantFrom('', 'db', 'myOwn', 'x'),
    fc.constantFrom('Password', 'Token', 'ApiKey', 'ClientSecret', 'PrivateKey'),
  )
  .map((words) => words.join(''))

test('a literal behind such a key is refused and never told; a variable is accepted', async () => {
  await fc.assert(
    fc.asyncProperty(secretKey, fc.stringMatching(/^[a-z]{4}[0-9]{6}[a-z]{4}$/), async (key, secret) => {
      const file = (value: string): string =>
        `components: { step_operator: { gpu: { flavor: local, nested: [{ ${key}: "${value}" }] } } }`
      const error: unknown = await parseProjectText(join('/', 'p', 'sidestep.yaml'), file(secret)).catch(
        (thrown) => thrown,
      )
      if (!SidestepError.isInstance(error)) throw new Error('it was read', { cause: error })
      expect(error.message).toContain(`sidestep.yaml:1:65 components.step_operator.gpu.nested[0].${key}: `)
      expect(error.hint).toContain('${env:NAME}')
      expect(`${error.message}${error.hint ?? ''}${error.stack ?? ''}`).not.toContain(secret)
      await parseProjectText(join('/', 'p', 'sidestep.yaml'), file('${env:A_SECRET}'))
    }),
    { numRuns: 50 },
  )
})

test('what is no YAML is refused without its text', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        'password: "SECRET',
        'password: ]SECRET',
        'a: b: SECRET',
        '  SECRET\n a: "\\qSECRET"',
        'SECRET\na: 1',
        '%SECRET\n---\n',
        'a: !SECRET x',
      ),
      async (text) => {
        const error: unknown = await parseProjectText(join('/', 'p', 'sidestep.yaml'), text).catch((thrown) => thrown)
        if (!SidestepError.isInstance(error)) throw new Error('it was read', { cause: error })
        expect(`${error.message}${error.hint ?? ''}`).not.toContain('SECRET')
      },
    ),
  )
})
