import * as fc from 'fast-check'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'

import { s3 } from '../../src/s3.ts'
import { s3ConfigSchema } from '../../src/store/s3-config-schema.ts'
import { MAX_JOB_CONFIG_BYTES, parseS3Uri, s3JobConfig } from '../../src/store/s3-config.ts'
import { S3ArtifactStore } from '../../src/store/s3-artifact-store.ts'

const region = 'eu-west-1'
beforeEach(() => {
  vi.stubEnv('AWS_REGION', undefined)
  vi.stubEnv('AWS_DEFAULT_REGION', undefined)
  onTestFinished(() => void vi.unstubAllEnvs())
})

function problemsOf(config: unknown): readonly string[] {
  const result = s3ConfigSchema.safeParse(config)
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

test.for([
  ['s3://bucket', { bucket: 'bucket', prefix: '' }],
  ['s3://my.bucket-1/', { bucket: 'my.bucket-1', prefix: '' }],
  ['s3://bucket/a/b c/ü/', { bucket: 'bucket', prefix: 'a/b c/ü' }],
] as const)('%s is a place', ([uri, place]) => {
  expect(parseS3Uri(uri)).toEqual(place)
})

test.for([
  '',
  'bucket',
  's3:bucket',
  's3://',
  's3:///a',
  's3://ab',
  's3://Bucket',
  's3://bucket_1',
  's3://-bucket',
  's3://bu..cket',
  's3://192.168.1.1',
  `s3://${'a'.repeat(64)}`,
  's3://bucket//a',
  's3://bucket/a//b',
  's3://bucket/a/../b',
  's3://bucket/a/./b',
  's3://bucket/a\nb',
  'https://bucket.s3.amazonaws.com/a',
])('%j is none', (uri) => {
  expect(parseS3Uri(uri)).toBeUndefined()
  expect(problemsOf({ uri, region })).toEqual(['uri: this is no place in S3: write s3://BUCKET or s3://BUCKET/PREFIX'])
})

test('the region is said, or known from the environment', () => {
  expect(problemsOf({ uri: 's3://bucket' })).toEqual([
    'region: it is not given, and AWS_REGION is not set: write the region of the bucket, such as eu-west-1',
  ])
  vi.stubEnv('AWS_DEFAULT_REGION', 'eu-central-1')
  expect(s3ConfigSchema.parse({ uri: 's3://bucket' })).toEqual({ uri: 's3://bucket', region: 'eu-central-1' })
  vi.stubEnv('AWS_REGION', 'us-east-2')
  expect(s3ConfigSchema.parse({ uri: 's3://bucket' })).toMatchObject({ region: 'us-east-2' })
  expect(s3({ uri: 's3://bucket' }).complete?.()).toEqual({ uri: 's3://bucket', region: 'us-east-2' })
  expect(s3({ uri: 's3://bucket', region }).complete?.()).toMatchObject({ region })
})

test('a key that is misspelt is an error with the one that was meant', () => {
  expect(problemsOf({ uri: 's3://bucket', region, kmsKey: 'k' })).toEqual([
    ': there is no kmsKey; did you mean kmsKeyId?',
  ])
})

test('what a job is told fits into one variable, and holds no profile; what does not is an error', () => {
  const name = fc.stringMatching(/^[a-z0-9]{3,40}$/)
  const config = fc.record(
    {
      uri: fc
        .tuple(name, fc.string({ minLength: 1, maxLength: 700 }))
        .map(([bucket, prefix]) => `s3://${bucket}/${prefix}`),
      region: fc.constantFrom('eu-west-1', 'us-gov-west-1'),
      profile: fc.string({ minLength: 1 }),
      kmsKeyId: fc.string({ minLength: 1, maxLength: 200 }),
    },
    { requiredKeys: ['uri', 'region'] },
  )
  fc.assert(
    fc.property(config, (given) => {
      fc.pre(parseS3Uri(given.uri) !== undefined)
      const bytes = Buffer.byteLength(JSON.stringify(s3JobConfig(given)))
      const result = s3ConfigSchema.safeParse(given)
      expect(result.success).toBe(bytes <= MAX_JOB_CONFIG_BYTES)
      if (!result.success) return
      const { jobConfig } = new S3ArtifactStore(result.data)
      expect(Buffer.byteLength(JSON.stringify(jobConfig))).toBeLessThanOrEqual(MAX_JOB_CONFIG_BYTES)
      expect(jobConfig).not.toHaveProperty('profile')
    }),
  )
})
