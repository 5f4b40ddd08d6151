import { join } from 'node:path'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { SidestepError } from '../../src/errors.ts'
import { parseProjectText } from '../../src/project/project-file.ts'
import { whyItIsSecret } from '../../src/stack/secret-values.ts'

const letters = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0'
const hex = '0123456789abcdef'.repeat(4)

test.each([
  // By its key.
  ['password', 'hunter2'],
  ['dbPassword', 4711],
  ['passwords', 'hunter2'],
  ['PGPASSWORD', 'hunter2'],
  ['MYSQL_PWD', 'hunter2'],
  ['keyPassphrase', 'correct horse battery staple'],
  ['API_KEY', 'abc'],
  ['api-key', 'abc'],
  ['apiKeys', 'abc'],
  ['accessToken', 'abc'],
  ['tokens', 'abc'],
  ['clientSecret', 'abc'],
  ['clientSecrets', 'abc'],
  ['credentials', 'abc'],
  ['accountKey', 'abc=='],
  ['encryptionKey', hex.slice(0, 32)],
  ['sharedAccessSignature', 'sv=2020'],
  ['secretAccessKey', `/${letters.slice(1)}`],
  ['webhookSecret', 'abc'],
  ['connectionString', 'Server=x'],
  // A reference must be all there is, and of a kind that there is.
  ['password', 'hunter2${env:EMPTY}'],
  ['password', 'x${env:}hunter2'],
  ['connectionString', 'hunter2${env:EMPTY}'],
  ['password', 'secret:hunter2'],
  ['password', 'aws-x:hunter2'],
  ['password', 'vault:hunter2'],
  // By its own form, wherever it stands.
  ['x', `AKIA${'ABCDEFGHIJKLMNOP'}`],
  ['arguments', `--key ASIA${'ABCDEFGHIJKLMNOP'} --verbose`],
  ['x', 'wJalrXUtnFEMI/K7MDENG/' + 'bPxRfiCYEXAMPLEKEY'],
  ['x', `ghp_${letters}`],
  ['x', `ghs_${letters}`],
  ['x', `github_pat_${letters}`],
  ['x', `glpat-${letters}`],
  ['x', `npm_${letters}`],
  ['x', `pypi-AgE${letters}`],
  ['x', `dckr_pat_${letters}`],
  ['x', `xoxb-${letters}`],
  ['x', `xapp-1-${letters}`],
  ['url', `https://hooks.slack.com/services/T00000000/B00000000/${letters}`],
  ['x', `sk_live_${letters}`],
  ['x', `rk_test_${letters}`],
  ['x', `whsec_${letters}`],
  ['x', `sk-${letters}`],
  ['x', `sk-proj-${letters}`],
  ['x', `sk-ant-api03-${letters}`],
  ['x', `hf_${letters}`],
  ['x', `SG.${letters}.${letters}`],
  ['x', `dapi${hex.slice(0, 32)}`],
  ['x', `hvs.${letters}`],
  ['x', `AIza${letters.slice(0, 35)}`],
  ['x', `ya29.${letters}`],
  ['x', `GOCSPX-${letters}`],
  ['x', `abc8Q~${letters.slice(0, 34)}`],
  ['x', `${letters}${letters}${letters.slice(0, 6)}==`],
  ['x', `${letters}+ACR${letters.slice(0, 6)}`],
  ['x', '-----BEGIN RSA PRIVATE KEY-----\nabc'],
  ['x', '-----BEGIN OPENSSH PRIVATE KEY-----'],
  ['json', '{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\\nabc"}'],
  ['x', `eyJ${letters}.eyJ${letters}.${letters}`],
  ['x', 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc=='],
  ['x', 'Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=abc='],
  ['dsn', 'Server=h;Uid=u;Password=hunter2;'],
  ['dsn', 'DRIVER={x};UID=u;PWD={hunter2}'],
  ['dsn', 'Server=h;Password=${env:A}hunter2'],
  ['redis', 'h.redis.cache.windows.net:6380,password=hunter2,ssl=True'],
  ['command', 'PGPASSWORD=hunter2 psql -h db'],
  ['command', 'mysql --password="hunter2" db'],
  ['x', 'postgres://user:hunter2@host/db'],
  ['url', 'redis://:hunter2@host'],
  ['url', 'mongodb+srv://u:hunter2@c0.mongodb.net/?w=majority'],
  ['url', 'jdbc:postgresql://u:hunter2@h/db'],
  ['url', 'jdbc:postgresql://h/db?user=u&password=hunter2'],
  ['url', 'jdbc:oracle:thin:u/hunter2@h:1521/db'],
  ['command', 'curl https://u:hunter2@h/x'],
  ['url', 'https://u:hunter2${env:EMPTY}@h/x'],
  ['x', 'https://a.blob.core.windows.net/c?sv=1&sig=abc'],
  ['sas', 'sig=abc&sv=1'],
  ['url', 'https://b.s3.amazonaws.com/k?X-Amz-Algorithm=A&X-Amz-Signature=0123'],
  ['authorization', 'Bearer abcdef0123456789'],
  ['auth', 'Basic dXNlcjpodW50ZXIy'],
  ['auth', 'dXNlcjpodW50ZXIy'],
  ['header', 'Authorization: Bearer abc'],
  ['x', 'Bearer abcdef0123456789'],
])('%s: %s is a secret', (key, value) => {
  expect(whyItIsSecret(key, value)).toBeDefined()
})

test.each([
  // A place where a secret is.
  ['token', '${env:TOKEN}'],
  ['password', '${env:USER}${env:PIN}'],
  ['token', 'env:TOKEN'],
  ['token', 'file:/run/secrets/token'],
  ['token', 'aws-secretsmanager:hf'],
  ['token', 'azure-keyvault:kv/hf'],
  ['secretArn', 'arn:aws:secretsmanager:eu-west-1:1:secret:hf'],
  ['token', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:hf-AbCdEf'],
  ['password', 'arn:aws:ssm:eu-west-1:123456789012:parameter/db/password'],
  ['encryptionKey', 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
  ['encryptionKey', '1234abcd-12ab-34cd-56ef-1234567890ab'],
  ['encryptionKey', 'alias/mine'],
  ['kmsKeyId', 'alias/mine'],
  ['kmsEncryptionKey', 'projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k'],
  ['token', 'projects/p/secrets/hf/versions/latest'],
  ['clientSecret', '//secretmanager.googleapis.com/projects/p/secrets/hf'],
  ['outputEncryptionKey', 'https://v.vault.azure.net/keys/k/0123456789abcdef0123456789abcdef'],
  ['password', 'https://kv.vault.azure.net/secrets/pw'],
  ['secret', '@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/pw)'],
  ['password', 'op://team/database/password'],
  ['password', 'vault:secret/data/db#password'],
  // A file.
  ['serviceAccountKey', './sa.json'],
  ['serviceAccountKey', 'keys/sa.json'],
  ['credentials', './key.json'],
  ['credentials', '~/.aws/credentials'],
  ['token', './token.txt'],
  ['token', '/var/run/secrets/kubernetes.io/serviceaccount/token'],
  ['token', '/Users/Andreas/projects/app1/secrets/token'],
  ['privateKey', 'C:\\keys\\id.pem'],
  ['pwd', './work'],
  ['password', '/run/secrets/password'],
  // What only sounds like one.
  ['secretName', 'hf'],
  ['imagePullSecret', 'regcred'],
  ['imagePullSecrets', 'regcred'],
  ['secrets', 'regcred'],
  ['tokenUri', 'https://oauth2.googleapis.com/token'],
  ['maxTokens', 512],
  ['maxNewTokens', '512'],
  ['token', 5],
  ['padToken', '[PAD]'],
  ['eosToken', '<|endoftext|>'],
  ['stopToken', 'END'],
  ['tokens', '</s>'],
  ['nextPageToken', 'abc'],
  ['key', 'prefix/part'],
  ['publicKey', 'ssh-ed25519 AAAA'],
  ['password', ''],
  ['auth', 'iam'],
  ['auth', 'service-account'],
  ['authorization', 'Bearer ${env:TOKEN}'],
  ['header', 'Authorization: Bearer ${env:TOKEN}'],
  ['description', 'Basic understanding of passwords = none'],
  ['connectionString', 'AccountName=a;AccountKey=${env:KEY}'],
  ['dsn', 'Server=h;Uid=u;Password=${env:PASSWORD};'],
  ['url', 'https://user:${env:PASSWORD}@host/'],
  ['command', 'PGPASSWORD=$DB_PASSWORD psql -h db'],
  ['command', 'PWD=/work make'],
  // Names and addresses of clouds and registries.
  ['role', 'arn:aws:iam::123456789012:role/steps'],
  ['subscriptionId', '00000000-0000-0000-0000-000000000000'],
  ['image', 'registry:5000/name@sha256:0123'],
  ['image', 'registry/sk-learn-inference-container:1'],
  ['jobNamePrefix', 'sk-learn-penguins-training'],
  ['image', `123456789012.dkr.ecr.eu-west-1.amazonaws.com/a@sha256:${hex}`],
  ['image', 'europe-west4-docker.pkg.dev/p/r/trainer:v1'],
  ['uri', 's3://bucket/task-sk-learn'],
  ['uri', 'abfss://c@account.dfs.core.windows.net/x'],
  ['url', 'oci://localhost:5000@sha256:abc'],
  ['url', 'http://localhost:8080/a@b'],
  ['url', 'ssh://git@github.com:22/a/b@v1'],
  ['url', 'jdbc:postgresql://h:5432/db?user=u'],
  ['commit', '0123456789abcdef0123456789abcdef01234567'],
  ['integrity', `sha512-${letters}${letters}${letters.slice(0, 6)}==`],
  ['compartment', 'risk-assessment-of-the-whole-company'],
])('%s: %s is none', (key, value) => {
  expect(whyItIsSecret(key, value)).toBeUndefined()
})

/** Characters of `[a-z…]` at random, each as likely: as providers make them. */
const random = (characters: string, min: number, max: number = min): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters), minLength: min, maxLength: max })
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'
const ALPHANUMERIC = `${LOWER}${LOWER.toUpperCase()}${DIGITS}`
const BASE64 = `${ALPHANUMERIC}+/`
const joined = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((all) => all.join(''))

/** By the formats that providers document. Those with a mark of their own are known under any key. */
const MARKED: readonly fc.Arbitrary<string>[] = [
  joined(fc.constantFrom('AKIA', 'ASIA'), random(`${LOWER.toUpperCase()}234567`, 16)),
  joined(fc.constantFrom('ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'), random(ALPHANUMERIC, 36)),
  joined('github_pat_', random(ALPHANUMERIC, 22), '_', random(ALPHANUMERIC, 59)),
  joined('glpat-', random(`${ALPHANUMERIC}_-`, 20)),
  joined('npm_', random(ALPHANUMERIC, 36)),
  joined('dckr_pat_', random(`${ALPHANUMERIC}_-`, 27)),
  joined('xoxb-', random(DIGITS, 12), '-', random(DIGITS, 12), '-', random(ALPHANUMERIC, 24)),
  joined(
    'https://hooks.slack.com/services/T',
    random(ALPHANUMERIC.toUpperCase(), 8),
    '/B01ABCDEF/',
    random(ALPHANUMERIC, 24),
  ),
  joined(fc.constantFrom('sk_live_', 'rk_live_', 'sk_test_'), random(ALPHANUMERIC, 24, 99)),
  joined('whsec_', random(ALPHANUMERIC, 32)),
  joined('hf_', random(ALPHANUMERIC, 34)),
  joined('AIza', random(`${ALPHANUMERIC}_-`, 35)),
  joined('GOCSPX-', random(`${ALPHANUMERIC}_-`, 28)),
  joined(random(ALPHANUMERIC, 3), '8Q~', random(`${ALPHANUMERIC}_.~-`, 34)),
  joined(random(BASE64, 86), '=='),
  joined('postgres://app:', random(ALPHANUMERIC, 1, 30), '@db.example.com:5432/app'),
  joined(
    'Server=tcp:s.database.windows.net;User ID=u;Password=',
    random(`${ALPHANUMERIC}!*-_`, 1, 30),
    ';Encrypt=true',
  ),
]
/** Letters and digits alone: it is the key that tells. */
const UNMARKED: readonly fc.Arbitrary<string>[] = [
  random(BASE64, 40),
  random(ALPHANUMERIC, 16, 64),
  random('0123456789abcdef', 32, 64),
  joined(random(BASE64, 43), '='),
]
const around = fc.constantFrom(
  (secret: string) => secret,
  (secret: string) => `  ${secret}\n`,
)
const plainKey = fc.stringMatching(/^[a-z]{1,8}([A-Z][a-z]{1,8}){0,2}$/)
const telling = fc
  .tuple(
    fc.constantFrom('', 'db', 'my_own_', 'x-', 'HTTP'),
    fc.constantFrom('password', 'Password', 'apiKey', 'API-key', 'access-token', 'clientSecret', 'secretAccessKey'),
    fc.constantFrom('', 's'),
  )
  .map(([before, name, plural]) =>
    before.endsWith('_') || before.endsWith('-') || before === ''
      ? `${before}${name}${plural}`
      : `${before}_${name}${plural}`,
  )

test('what providers give out is known by its format, under any key, and else by its key', () => {
  fc.assert(
    fc.property(plainKey, fc.oneof(...MARKED), around, (key, secret, placed) => {
      expect(whyItIsSecret(key, placed(secret))).toBeDefined()
    }),
    { numRuns: 1000 },
  )
  fc.assert(
    fc.property(telling, fc.oneof(...MARKED, ...UNMARKED), around, (key, secret, placed) => {
      const why = whyItIsSecret(key, placed(secret))
      expect(why).toBeDefined()
      expect(why).not.toContain(secret)
    }),
    { numRuns: 1000 },
  )
})

test('a long text takes no time', () => {
  const parts = [
    'a',
    '_a',
    'a-',
    '/',
    '-eyJ',
    '_sk-',
    'a.a+',
    '://',
    'a:/',
    ' =',
    'Password',
    '@',
    '${env:A}',
    'AKIA',
    'Bearer ',
    'jdbc:oracle:thin:a/',
  ]
  // Time of the processor: what else the machine does is no matter.
  const before = process.cpuUsage()
  for (const part of parts) {
    whyItIsSecret('token', part.repeat(100_000 / part.length))
    whyItIsSecret('connectionString', `a=${part.repeat(100_000 / part.length)}\n`)
  }
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(4000)
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
