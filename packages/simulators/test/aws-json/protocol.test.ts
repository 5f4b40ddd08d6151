import { afterAll, beforeAll, expect, test } from 'vitest'

import { violations } from '../../src/ground/limits.ts'
import { SAGEMAKER_LIMITS } from '../../src/sagemaker/limits.ts'
import { startSimulator, type Simulator } from '../../src/simulator.ts'
import { cloud, jobRequest, run } from '../sagemaker/cloud.ts'
import { rawJson, type RawJson } from './raw.ts'

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator('aws', { rates: false })
})
afterAll(async () => simulator.close())

const LIST = 'SageMaker.ListTrainingJobs'

async function ask(target: string = LIST, changes: RawJson = {}): Promise<readonly [number, any]> {
  const { status, headers, body } = await rawJson(simulator.endpoint, target, changes)
  expect(headers['content-type']).toBe('application/x-amz-json-1.1')
  expect(headers['x-amzn-requestid']).toMatch(/^[\da-f-]{36}$/)
  return [status, body.length === 0 ? undefined : JSON.parse(body.toString())]
}

test('an answer is JSON, and an error says its type', async () => {
  expect(await ask()).toEqual([200, { TrainingJobSummaries: [] }])
  expect(await ask('SageMaker.DescribeTrainingJob', { body: { TrainingJobName: 'none' } })).toEqual([
    400,
    { __type: 'ValidationException', message: 'Requested resource not found.' },
  ])
})

const SCOPE = `${new Date().toISOString().slice(0, 10).replaceAll('-', '')}/us-east-1/sagemaker/aws4_request`
const signed = (fields: string): RawJson => ({ headers: { authorization: `AWS4-HMAC-SHA256 ${fields}` } })
const good = { Credential: `A/${SCOPE}`, SignedHeaders: 'host', Signature: '0'.repeat(64) }
const fields = (changes: object): string =>
  Object.entries({ ...good, ...changes })
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')

test.each<[string, RawJson, string, RegExp]>([
  [
    'nobody asks',
    { headers: { authorization: undefined } },
    'MissingAuthenticationTokenException',
    /^Missing Authentication Token$/,
  ],
  [
    'another way',
    { headers: { authorization: 'Basic abc' } },
    'IncompleteSignatureException',
    /Unsupported AWS 'algorithm'/,
  ],
  [
    'no fields',
    signed('what'),
    'IncompleteSignatureException',
    /'what' not a valid key=value pair \(missing equal-sign\)/,
  ],
  [
    'no signature',
    signed(`Credential=A/${SCOPE}, SignedHeaders=host`),
    'IncompleteSignatureException',
    /requires 'Signature' parameter/,
  ],
  [
    'no date',
    { headers: { 'x-amz-date': undefined } },
    'IncompleteSignatureException',
    /either a 'X-Amz-Date' or a 'Date' header/,
  ],
  ['no time', { headers: { 'x-amz-date': 'today' } }, 'IncompleteSignatureException', /Got 'today'/],
  ['half a scope', signed(fields({ Credential: 'A/B' })), 'IncompleteSignatureException', /5 slash-delimited elements/],
  ['another service', { service: 's3' }, 'InvalidSignatureException', /scoped to correct service: 'sagemaker'/],
  [
    'another end',
    signed(fields({ Credential: `A/${SCOPE}x` })),
    'InvalidSignatureException',
    /valid terminator: 'aws4_request', not 'aws4_requestx'/,
  ],
  [
    'another day',
    signed(fields({ Credential: `A/20200101/us-east-1/sagemaker/aws4_request` })),
    'InvalidSignatureException',
    /'20200101' != '/,
  ],
  ['no host', signed(fields({ SignedHeaders: 'x-amz-date' })), 'InvalidSignatureException', /must be a 'SignedHeader'/],
  [
    'a header that did not come',
    signed(fields({ SignedHeaders: 'host;x-amz-security-token' })),
    'InvalidSignatureException',
    /does not match the signature you provided/,
  ],
  [
    'no digits',
    signed(fields({ Signature: 'xyz' })),
    'InvalidSignatureException',
    /does not match the signature you provided/,
  ],
  [
    'too late',
    { at: Date.now() - 301_000 },
    'InvalidSignatureException',
    /^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 5 min\.\)$/,
  ],
  [
    'too early',
    { at: Date.now() + 302_000 },
    'InvalidSignatureException',
    /^Signature not yet current: .* \+ 5 min\.\)$/,
  ],
])('a signature is checked: %s', async (_, changes, type, message) => {
  expect(await ask(LIST, changes)).toEqual([400, { __type: type, message: expect.stringMatching(message) }])
})

test.each<[string, RawJson, number, string, RegExp]>([
  ['no JSON', { body: '{' }, 400, 'SerializationException', /./],
  ['no object', { body: '[]' }, 400, 'SerializationException', /^Start of list found where not expected$/],
  [
    'a number as text',
    { body: { MaxResults: '5' } },
    400,
    'SerializationException',
    /^STRING_VALUE can not be converted to an Integer$/,
  ],
  [
    'text as a number',
    { body: { NameContains: 5 } },
    400,
    'SerializationException',
    /^NUMBER_VALUE can not be converted to a String$/,
  ],
  [
    'text as a list',
    { body: { NameContains: [] } },
    400,
    'SerializationException',
    /^Start of list found where not expected$/,
  ],
  [
    'text as an object',
    { body: { NameContains: {} } },
    400,
    'SerializationException',
    /^Start of structure or map found where not expected\.$/,
  ],
  [
    'an unknown member',
    { body: { Nonsense: 1 } },
    400,
    'ValidationException',
    /'nonsense'.*Member must be one of \[NextToken, /,
  ],
  [
    'too much',
    { body: `{"NameContains":"${'a'.repeat(4 * 1024 * 1024)}"}` },
    413,
    'RequestEntityTooLargeException',
    /4194304 bytes/,
  ],
  [
    'another type',
    { headers: { 'content-type': 'application/json' } },
    400,
    'UnknownOperationException',
    /application\/json/,
  ],
])('a body is checked: %s', async (_, changes, status, type, message) => {
  expect(await ask(LIST, changes)).toEqual([status, { __type: type, message: expect.stringMatching(message) }])
})

test('all that breaks a limit is told at once', async () => {
  const Environment = { '1': 'x'.repeat(513), B: 'b' }
  const body = {
    TrainingJobName: '-',
    AlgorithmSpecification: { TrainingInputMode: 'file', ContainerEntrypoint: ['a\nb'] },
    Environment,
    OutputDataConfig: {},
    Tags: [{ Key: '' }],
  }
  const [, { message }] = await ask('SageMaker.CreateTrainingJob', { body })
  const [count, ...rest] = message.split(/: (?=Value )|; (?=Value )/)
  expect(count).toBe('9 validation errors detected')
  expect(rest).toEqual([
    "Value '-' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    "Value 'file' at 'algorithmSpecification.trainingInputMode' failed to satisfy constraint: Member must satisfy enum value set: [Pipe, File, FastFile]",
    "Value '[a\nb]' at 'algorithmSpecification.containerEntrypoint' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*]",
    "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
    "Value null at 'outputDataConfig.s3OutputPath' failed to satisfy constraint: Member must not be null",
    "Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
    "Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null",
    expect.stringMatching(
      /^Value '\{1=x+, B=b\}' at 'environment' failed to satisfy constraint: Map keys must satisfy constraint: \[Member must have length less than or equal to 512, /,
    ),
    expect.stringMatching(
      /^Value '\{1=x+, B=b\}' at 'environment' failed to satisfy constraint: Map value must satisfy constraint: \[Member must have length less than or equal to 512, /,
    ),
  ])
})

test('what is null is absent', async () => {
  expect(await ask(LIST, { body: { NextToken: null, MaxResults: 1 } })).toEqual([200, { TrainingJobSummaries: [] }])
})

test('an operation that is not there says so, and faults may ask for it by no other name', async () => {
  expect(await ask('SageMaker.CreateModel')).toEqual([
    400,
    { __type: 'UnknownOperationException', message: expect.stringMatching(/SageMaker\.CreateModel/) },
  ])
  expect(() => simulator.addFaults({ operation: 'sagemaker.CreateModel', kind: 'throttle' })).toThrow(RangeError)
})

test.each([
  ['throttle', 400, 'ThrottlingException'],
  ['server-error', 500, 'InternalFailure'],
  ['expired-token', 400, 'ExpiredTokenException'],
  ['capacity', 503, 'ServiceUnavailable'],
] as const)('the fault %s has words of its own', async (kind, status, type) => {
  simulator.addFaults({ operation: 'sagemaker.ListTrainingJobs', kind })
  expect(await ask()).toEqual([status, { __type: type, message: expect.any(String) }])
})

test('every service is found by its target, and all other paths are S3', async () => {
  await ask('Logs_20140328.DescribeLogGroups', { service: 'logs' })
  await rawJson(simulator.endpoint, 'Nobody.DoSomething')
  expect(simulator.calls.slice(-2).map(({ service, operation }) => `${service}.${operation}`)).toEqual([
    'logs.DescribeLogGroups',
    's3.Unknown',
  ])
})

const aws = cloud()

test('answers are as the model has them', async () => {
  const request = jobRequest(aws, 'process.exit(1)', {
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 },
    HyperParameters: { a: 'b' },
    Tags: [{ Key: 'a', Value: 'b' }],
  })
  const { TrainingJobName, TrainingJobArn: ResourceArn } = await run(aws, request)
  const operations = [
    ['DescribeTrainingJob', { TrainingJobName }, 'DescribeTrainingJobResponse'],
    ['ListTrainingJobs', {}, 'ListTrainingJobsResponse'],
    ['ListTags', { ResourceArn }, 'ListTagsOutput'],
    ['AddTags', { ResourceArn, Tags: [] }, 'AddTagsOutput'],
    ['DeleteTags', { ResourceArn, TagKeys: ['a'] }, 'DeleteTagsOutput'],
    ['CreateTrainingJob', { ...request, TrainingJobName: 'another' }, 'CreateTrainingJobResponse'],
  ] as const
  for (const [operation, body, shape] of operations) {
    const answer = await rawJson(aws.simulator.endpoint, `SageMaker.${operation}`, { body })
    expect(answer.status).toBe(200)
    expect(violations(JSON.parse(answer.body.toString()), shape, SAGEMAKER_LIMITS), operation).toEqual([])
  }
  const stopped = await rawJson(aws.simulator.endpoint, 'SageMaker.StopTrainingJob', {
    body: { TrainingJobName: 'another' },
  })
  expect([stopped.status, stopped.body.length]).toEqual([200, 0])
})
