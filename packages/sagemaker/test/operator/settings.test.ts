import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { sagemakerConfigSchema, sagemakerSettingsSchema } from '../../src/config/sagemaker-schemas.ts'
import { consoleUrl } from '../../src/operator/console-url.ts'
import { mergePatch } from '../../src/operator/merge-patch.ts'
import type { SagemakerSettings } from '../../src/sagemaker-config.ts'
import { ROLE } from './job-to-prepare.ts'

function issues(schema: typeof sagemakerConfigSchema | typeof sagemakerSettingsSchema, given: object): string {
  const { error } = schema.safeParse(given)
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
}

describe('the settings of a step', () => {
  // ZenML: `estimator_args` took anything, and dropped what a new SDK did not know.
  it.each<[string, object, RegExp]>([
    ['an unknown one', { instanceTyp: 'ml.m5.large' }, /^: there is no instanceTyp; did you mean instanceType\?$/],
    [
      'an unknown one of a channel',
      { inputData: { a: { s3uri: 's3://b' } } },
      /there is no s3uri; did you mean s3Uri\?/,
    ],
    ['no type', { instanceType: 'm5.large' }, /instanceType: this is not an instance type: write ml\.m5\.large$/],
    [
      'two unknown ones',
      { instanceTyp: 'ml.m5.large', useSpott: true },
      /^: there is no instanceTyp; did you mean instanceType\?, and there is no useSpott; did you mean useSpot\?$/,
    ],
    [
      'a type that is not there',
      { instanceType: 'ml.m5.huge' },
      /instanceType: SageMaker has no ml\.m5\.huge for training jobs; did you mean ml\.m5\.large\? .*extra: \{ ResourceConfig/,
    ],
    ['machines that stay too long', { keepAlive: '7h' }, /keepAlive: at most 6h$/],
    ['no type, misspelt', { instanceTypes: ['g5.xlrage'] }, /instanceTypes\.0: .*: write ml\.g5\.xlarge$/],
    ['words for a type', { instanceType: 'something big' }, /write one such as ml\.g5\.xlarge$/],
    [
      'a URI for channels',
      { inputData: 's3://b/c' },
      /inputData: write channels by name: \{ train: \{ s3Uri: 's3:\/\/bucket\/images\/' \} \}$/,
    ],
    [
      'a URI for a channel',
      { inputData: { train: 's3://b/c' } },
      /inputData\.train: write an object: \{ s3Uri, inputMode\?, contentType\?, s3DataType\?, distribution\? \}$/,
    ],
    ['a subnet for a network', { vpc: 'subnet-1' }, /vpc: write an object: \{ subnets, securityGroupIds \}$/],
    ['a URI for a checkpoint', { checkpoint: 's3://b' }, /checkpoint: write an object: \{ s3Uri, localPath\? \}$/],
    ['a channel without a URI', { inputData: { train: {} } }, /inputData\.train\.s3Uri: .*write s3:\/\/bucket\/path$/],
    ['a list of tags', { tags: ['birds'] }, /tags: write names with texts: \{ team: 'birds' \}$/],
    ['no URI', { checkpoint: { s3Uri: '/tmp' } }, /checkpoint\.s3Uri: this is not an S3 URI/],
    ['no duration', { keepAlive: 'long' }, /keepAlive: .*not a duration/],
    ['no machines', { instanceCount: 0 }, /instanceCount/],
    ['a type twice', { instanceTypes: ['ml.g5.xlarge', 'ml.g5.xlarge'] }, /named twice/],
    ['more retries than there are', { maxRetriesOnInternalError: 31 }, /maxRetriesOnInternalError/],
    [
      'one type and several',
      { instanceType: 'ml.g5.xlarge', instanceTypes: ['ml.g6.xlarge'] },
      /instanceType: it says the same as instanceTypes/,
    ],
    ['a wait without spot', { maxWait: '1h' }, /maxWait: only a job with useSpot/],
    ['spot machines that stay', { useSpot: true, keepAlive: '1h' }, /keepAlive: machines of useSpot cannot be kept/],
    [
      'spot machines of a plan',
      { useSpot: true, trainingPlanArn: 'arn:x' },
      /trainingPlanArn: machines of a plan are reserved/,
    ],
    ['an experiment without a name', { experiment: {} }, /experiment: it names nothing/],
  ])('are refused: %s', (_name, given, message) => {
    expect(issues(sagemakerSettingsSchema, given)).toMatch(message)
  })

  it('may all be there, but for those that exclude each other', () => {
    const all: Required<Omit<SagemakerSettings, 'instanceType' | 'useSpot' | 'maxWait'>> = {
      instanceTypes: ['ml.g5.xlarge'],
      instanceCount: 2,
      volumeSizeGiB: 10,
      checkpoint: { s3Uri: 's3://b/c' },
      keepAlive: '1h',
      inputData: { a: { s3Uri: 's3://b/a' } },
      environment: { A: '1' },
      tags: { a: 'b' },
      vpc: { subnets: ['s'], securityGroupIds: ['g'] },
      networkIsolation: false,
      experiment: { experimentName: 'e' },
      maxRetriesOnInternalError: 1,
      trainingPlanArn: 'arn',
      maxPending: '2h',
      extra: { A: null },
    }
    expect(issues(sagemakerSettingsSchema, all)).toBe('')
    expect(sagemakerSettingsSchema.parse(all)).toMatchObject({ keepAlive: 3_600_000, maxPending: 7_200_000 })
    expect(issues(sagemakerSettingsSchema, { useSpot: true, maxWait: '1h' })).toBe('')
  })

  it('tell editors what they are', () => {
    const json = sagemakerSettingsSchema['~standard'] as unknown as {
      readonly jsonSchema: {
        readonly input: (options: object) => { readonly properties: Record<string, { readonly description?: string }> }
      }
    }
    const { properties } = json.jsonSchema.input({ target: 'draft-2020-12' })
    expect(Object.keys(properties)).toHaveLength(18)
    for (const [name, { description }] of Object.entries(properties))
      expect([name, description]).toEqual([name, expect.stringMatching(/\.$/)])
  })
})

describe('the configuration of the operator', () => {
  it.each<[string, object, RegExp]>([
    ['no role', {}, /role/],
    ['a role that is none', { role: 'steps' }, /role: this is not the ARN of a role/],
    ['a user for a role', { role: 'arn:aws:iam::123456789012:user/me' }, /role: this is not the ARN of a role/],
    ['a zone for a region', { role: ROLE, region: 'eu-west-1a' }, /region: this is not a region/],
    [
      'a type that is not there',
      { role: ROLE, region: 'eu-west-1', defaultInstanceType: 'ml.m5.huge' },
      /defaultInstanceType: SageMaker has no ml\.m5\.huge/,
    ],
    [
      'a host for an endpoint',
      { role: ROLE, region: 'eu-west-1', endpoint: 'localhost:1' },
      /endpoint: this is not a URL/,
    ],
    ['more grace than there is', { role: ROLE, region: 'eu-west-1', stopGrace: '2m' }, /stopGrace: at most 110s/],
    ['a network without groups', { role: ROLE, region: 'eu-west-1', vpc: { subnets: ['s'] } }, /vpc\.securityGroupIds/],
    ['an unknown key', { role: ROLE, region: 'eu-west-1', roleArn: 'x' }, /there is no roleArn; did you mean role\?/],
  ])('is refused: %s', (_name, given, message) => {
    expect(issues(sagemakerConfigSchema, given)).toMatch(message)
  })

  it.each(['eu-west-1', 'us-gov-west-1', 'cn-northwest-1', 'eusc-de-east-1'])('takes the region %s', (region) => {
    expect(sagemakerConfigSchema.parse({ role: ROLE, region }).region).toBe(region)
  })

  it('takes the region of the environment where it has none', () => {
    const { AWS_REGION: before } = process.env
    try {
      process.env['AWS_REGION'] = 'us-gov-west-1'
      expect(sagemakerConfigSchema.parse({ role: ROLE }).region).toBe('us-gov-west-1')
      expect(sagemakerConfigSchema.parse({ role: ROLE, region: 'eu-west-1' }).region).toBe('eu-west-1')
      delete process.env['AWS_REGION']
      expect(issues(sagemakerConfigSchema, { role: ROLE })).toMatch(
        /region: it is not given, and AWS_REGION is not set/,
      )
    } finally {
      if (before === undefined) delete process.env['AWS_REGION']
      else process.env['AWS_REGION'] = before
    }
  })
})

describe('a patch of the request', () => {
  // RFC 7386, appendix A.
  it.each<[object, object, object]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{}, JSON.parse('{"__proto__":{"x":1}}') as object, JSON.parse('{"__proto__":{"x":1}}') as object],
  ])('%o with %o is %o', (target, patch, merged) => {
    expect(JSON.stringify(mergePatch({ ...target }, patch as Record<string, unknown>))).toBe(JSON.stringify(merged))
  })
})

describe('the page of a job', () => {
  it.each([
    ['eu-west-1', undefined, 'https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/jobs/j'],
    ['cn-north-1', undefined, 'https://cn-north-1.console.amazonaws.cn/sagemaker/home?region=cn-north-1#/jobs/j'],
    [
      'us-gov-west-1',
      undefined,
      'https://us-gov-west-1.console.amazonaws-us-gov.com/sagemaker/home?region=us-gov-west-1#/jobs/j',
    ],
    [
      'eusc-de-east-1',
      undefined,
      'https://eusc-de-east-1.console.amazonaws-eusc.eu/sagemaker/home?region=eusc-de-east-1#/jobs/j',
    ],
    ['eu-west-1', 'http://127.0.0.1:4566', undefined],
  ])('in %s at %s', (region, endpoint, url) => {
    expect(consoleUrl('j', { region, endpoint })).toBe(url)
  })

  it.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SAGEMAKER'])('is none where %s names a simulator', (name) => {
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv(name, 'http://127.0.0.1:4566')
    expect(consoleUrl('j', { region: 'eu-west-1' })).toBeUndefined()
    vi.stubEnv(name, 'https://vpce-1.sagemaker.eu-west-1.vpce.amazonaws.com')
    expect(consoleUrl('j', { region: 'eu-west-1' })).toContain('/jobs/j')
    // Of another service.
    vi.stubEnv(name, undefined)
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:4566')
    expect(consoleUrl('j', { region: 'eu-west-1' })).toContain('/jobs/j')
  })
})
