import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { CreateTrainingJobCommand, StopTrainingJobCommand, type Channel } from '@aws-sdk/client-sagemaker'
import { unpackTar } from 'modern-tar'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

import { file, layer, pushImage } from '../jobs/job-images.ts'
import { cloud, jobRequest, reach, run, ROLE } from './cloud.ts'

const aws = cloud()

async function linesOf(name: string | undefined): Promise<readonly string[]> {
  const request = { logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: `${name}/` }
  const { events = [] } = await aws.logs.send(new FilterLogEventsCommand(request))
  return events.map(({ message = '' }) => message)
}

async function put(Key: string, Body: string): Promise<void> {
  await aws.s3.send(new PutObjectCommand({ Bucket: 'lake', Key, Body }))
}

async function bytesOf(Key: string): Promise<Uint8Array> {
  const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket: 'lake', Key }))
  return Body!.transformToByteArray()
}

async function textOf(Key: string): Promise<string> {
  return Buffer.from(await bytesOf(Key)).toString()
}

async function keysOf(Prefix: string): Promise<readonly (string | undefined)[]> {
  const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket: 'lake', Prefix }))
  return Contents.map(({ Key }) => Key)
}

function channel(ChannelName: string, S3Uri: string, more: Partial<Channel> = {}, type = 'S3Prefix'): Channel {
  const S3DataSource = { S3Uri, S3DataType: type as 'S3Prefix', ...more.DataSource?.S3DataSource }
  return { ChannelName, ...more, DataSource: { S3DataSource } }
}

test('a job runs, and is seen from its creation to its end', async () => {
  const request = jobRequest(aws, 'console.log("hello"); console.error("world")')
  const before = Date.now()
  const job = await run(aws, request)
  expect(job).toMatchObject({
    TrainingJobStatus: 'Completed',
    SecondaryStatus: 'Completed',
    TrainingJobArn: `arn:aws:sagemaker:us-east-1:123456789012:training-job/${request.TrainingJobName}`,
    RoleArn: ROLE,
    Environment: request.Environment,
    AlgorithmSpecification: request.AlgorithmSpecification,
    ResourceConfig: request.ResourceConfig,
    EnableManagedSpotTraining: false,
    TrainingTimeInSeconds: expect.any(Number),
    BillableTimeInSeconds: expect.any(Number),
    ModelArtifacts: { S3ModelArtifacts: `s3://lake/out/${request.TrainingJobName}/output/model.tar.gz` },
  })
  expect(job).not.toHaveProperty('FailureReason')
  expect(job.CreationTime!.getTime()).toBeGreaterThanOrEqual(before)
  const transitions = job.SecondaryStatusTransitions ?? []
  expect(transitions.map(({ Status, StatusMessage }) => `${Status}: ${StatusMessage}`)).toEqual([
    'Starting: Starting the training job',
    'Pending: Preparing the instances for training',
    'Downloading: Downloading the training image',
    'Training: Training image download completed. Training in progress.',
    'Uploading: Uploading generated training model',
    'Completed: Training job completed',
  ])
  for (const [index, { EndTime }] of transitions.slice(0, -1).entries()) {
    expect(EndTime).toEqual(transitions[index + 1]?.StartTime)
  }
  expect(new Set(await linesOf(request.TrainingJobName))).toEqual(new Set(['hello', 'world']))
})

test('/opt/ml is laid out as SageMaker does it', async () => {
  await put('data/train/a.csv', 'A')
  await put('data/train/deep/b.csv', 'B')
  await put('data/training.csv', 'C')
  await put('list.json', JSON.stringify([{ prefix: 's3://lake/data/' }, 'training.csv', 'train/a.csv']))
  const request = jobRequest(
    aws,
    `
    const { readdirSync, readFileSync, statSync } = await import('node:fs')
    const { join } = await import('node:path')
    const root = join(process.env.SIDESTEP_FS_ROOT, '/opt/ml')
    const read = (path) => readFileSync(join(root, path), 'utf8')
    const files = (path) => readdirSync(join(root, path), { recursive: true }).filter((name) => statSync(join(root, path, name)).isFile()).toSorted()
    console.log(JSON.stringify({
      hyperparameters: JSON.parse(read('input/config/hyperparameters.json')),
      inputs: JSON.parse(read('input/config/inputdataconfig.json')),
      resources: JSON.parse(read('input/config/resourceconfig.json')),
      train: files('input/data/train'), one: files('input/data/one'), part: files('input/data/part'), listed: files('input/data/listed'),
      text: read('input/data/train/deep/b.csv'),
      env: Object.fromEntries(['TRAINING_JOB_NAME', 'TRAINING_JOB_ARN', 'AWS_REGION', 'AWS_ENDPOINT_URL', 'OWN'].map((name) => [name, process.env[name]])),
    }))`,
    {
      HyperParameters: { epochs: '3' },
      Environment: { OWN: 'a value' },
      InputDataConfig: [
        channel('train', 's3://lake/data/train', { ContentType: 'text/csv' }),
        channel('one', 's3://lake/data/training.csv', { InputMode: 'FastFile' }),
        channel('part', 's3://lake/data/tr'),
        channel('listed', 's3://lake/list.json', {}, 'ManifestFile'),
      ],
    },
  )
  const { TrainingJobName: name } = request
  expect(await run(aws, request)).toMatchObject({ TrainingJobStatus: 'Completed' })
  expect(JSON.parse((await linesOf(name))[0] ?? '')).toEqual({
    hyperparameters: { epochs: '3' },
    inputs: {
      train: {
        ContentType: 'text/csv',
        TrainingInputMode: 'File',
        S3DistributionType: 'FullyReplicated',
        RecordWrapperType: 'None',
      },
      one: { TrainingInputMode: 'FastFile', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' },
      part: { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' },
      listed: { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' },
    },
    resources: {
      current_host: 'algo-1',
      current_instance_type: 'ml.m5.large',
      current_group_name: 'homogeneousCluster',
      hosts: ['algo-1'],
      instance_groups: [{ instance_group_name: 'homogeneousCluster', instance_type: 'ml.m5.large', hosts: ['algo-1'] }],
      network_interface_name: 'eth0',
    },
    train: ['a.csv', 'deep/b.csv', 'training.csv'],
    one: ['training.csv'],
    part: ['train/a.csv', 'train/deep/b.csv', 'training.csv'],
    listed: ['train/a.csv', 'training.csv'],
    text: 'B',
    env: {
      TRAINING_JOB_NAME: name,
      TRAINING_JOB_ARN: `arn:aws:sagemaker:us-east-1:123456789012:training-job/${name}`,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: aws.simulator.endpoint,
      OWN: 'a value',
    },
  })
})

test('a job without a network gets nothing that leads out', async () => {
  const request = jobRequest(
    aws,
    'console.log(String(process.env.AWS_ENDPOINT_URL), String(process.env.AWS_ACCESS_KEY_ID))',
    {
      EnableNetworkIsolation: true,
    },
  )
  expect(await run(aws, request)).toMatchObject({ TrainingJobStatus: 'Completed', EnableNetworkIsolation: true })
  expect(await linesOf(request.TrainingJobName)).toEqual(['undefined undefined'])
})

const WRITE = `
const { mkdirSync, writeFileSync } = await import('node:fs')
const { join, dirname } = await import('node:path')
const write = (path, text) => {
  const file = join(process.env.SIDESTEP_FS_ROOT, '/opt/ml', path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
`

test('what a job leaves is uploaded as archives, or file by file', async () => {
  const code = `${WRITE} write('model/weights.bin', 'w'.repeat(100000)); write('model/a/b.json', '{}'); write('output/data/plot.txt', 'p')`
  const request = jobRequest(aws, code)
  const { ModelArtifacts: model } = await run(aws, request)
  const folder = `out/${request.TrainingJobName}/output`
  expect(model?.S3ModelArtifacts).toBe(`s3://lake/${folder}/model.tar.gz`)
  const entries = await unpackTar(gunzipSync(await bytesOf(`${folder}/model.tar.gz`)))
  expect(entries.map(({ header, data }) => [header.name, data?.length])).toEqual([
    ['a/b.json', 2],
    ['weights.bin', 100_000],
  ])
  expect(await keysOf(folder)).toEqual([`${folder}/model.tar.gz`, `${folder}/output.tar.gz`])

  const plain = jobRequest(aws, code, { OutputDataConfig: { S3OutputPath: 's3://lake/out/', CompressionType: 'NONE' } })
  await run(aws, plain)
  const own = `out/${plain.TrainingJobName}/output`
  expect(await keysOf(own)).toEqual([`${own}/data/plot.txt`, `${own}/model/a/b.json`, `${own}/model/weights.bin`])

  const none = jobRequest(aws)
  await run(aws, none)
  expect(await keysOf(`out/${none.TrainingJobName}`)).toEqual([])
})

test.each([
  ['process.exitCode = 3', 'AlgorithmError: , exit code: 3'],
  [
    `${WRITE} write('output/failure', 'it went wrong'); process.exit(75)`,
    'AlgorithmError: it went wrong, exit code: 75',
  ],
  ['process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)', 'AlgorithmError: , exit code: 137'],
])('a job that fails says why: %s', async (code, reason) => {
  const job = await run(aws, jobRequest(aws, code))
  expect(job).toMatchObject({ TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed', FailureReason: reason })
  expect(job.TrainingEndTime).toBeInstanceOf(Date)
})

test('of a long failure, the beginning and the exit code are told', async () => {
  const job = await run(aws, jobRequest(aws, `${WRITE} write('output/failure', '😀'.repeat(5000)); process.exit(1)`))
  expect([...(job.FailureReason ?? '')]).toHaveLength(1024)
  expect(job.FailureReason).toMatch(/^AlgorithmError: (😀)+, exit code: 1$/u)
})

test('a command that is not there, and an image without one, are failures of the job', async () => {
  const spec = { TrainingImage: aws.image, TrainingInputMode: 'File' } as const
  const wrong = jobRequest(aws, '', { AlgorithmSpecification: { ...spec, ContainerEntrypoint: ['/no/such/program'] } })
  expect((await run(aws, wrong)).FailureReason).toMatch(
    /^AlgorithmError: CannotStartContainerError\. .*\/no\/such\/program/,
  )
  expect(await keysOf(`out/${wrong.TrainingJobName}`)).toEqual([])
})

test('an image is found by a tag, too, and gets the word train behind its entrypoint', async () => {
  const bytes = await layer(file('opt/sidestep/words.mjs', 'console.log(process.argv.slice(2).join(" "))'))
  const config = { Entrypoint: ['node', '/opt/sidestep/words.mjs'], Cmd: ['serve'] }
  await pushImage(aws.registry.host, 'steps/words', { layers: [{ by: 'sidestep', bytes }], config })
  const spec = { TrainingImage: `${aws.registry.host}/steps/words:1`, TrainingInputMode: 'File' } as const
  const plain = jobRequest(aws, '', { AlgorithmSpecification: spec })
  expect(await run(aws, plain)).toMatchObject({ TrainingJobStatus: 'Completed', AlgorithmSpecification: spec })
  expect(await linesOf(plain.TrainingJobName)).toEqual(['train'])
  const words = jobRequest(aws, '', { AlgorithmSpecification: { ...spec, ContainerArguments: ['--a', 'b c'] } })
  await run(aws, words)
  expect(await linesOf(words.TrainingJobName)).toEqual(['--a b c'])
})

test("an image of the simulator's own registry is pulled by SageMaker's own right", async () => {
  const config = {
    region: 'us-east-1',
    endpoint: aws.simulator.endpoint,
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  }
  const ecr = new ECRClient(config)
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'own/job' }))
  const { authorizationData: [login] = [] } = await ecr.send(new GetAuthorizationTokenCommand({}))
  ecr.destroy()
  const [host = ''] = repository?.repositoryUri?.split('/') ?? []
  const bytes = await layer(file('opt/sidestep/own.mjs', 'console.log("own")'))
  const Authorization = `Basic ${login?.authorizationToken}`
  const image = await pushImage(host, 'own/job', { layers: [{ by: 'sidestep', bytes }] }, { Authorization })
  const spec = { TrainingInputMode: 'File' as const, ContainerEntrypoint: ['node', '/opt/sidestep/own.mjs'] }
  for (const TrainingImage of [image, `${host}/own/job:1`]) {
    const request = jobRequest(aws, '', { AlgorithmSpecification: { ...spec, TrainingImage } })
    expect(await run(aws, request)).toMatchObject({ TrainingJobStatus: 'Completed' })
    expect(await linesOf(request.TrainingJobName)).toEqual(['own'])
  }
})

test('several machines know each other, and share what is sharded', async () => {
  for (const name of ['1', '2', '3']) await put(`shards/${name}`, name)
  const request = jobRequest(
    aws,
    `
    const { readdirSync, readFileSync } = await import('node:fs')
    const root = process.env.SIDESTEP_FS_ROOT + '/opt/ml/'
    const { current_host, hosts } = JSON.parse(readFileSync(root + 'input/config/resourceconfig.json', 'utf8'))
    const { writeFileSync } = await import('node:fs')
    writeFileSync(root + 'model/' + current_host, '')
    writeFileSync(root + 'model/same', current_host)
    console.log(current_host, hosts.join(), readdirSync(root + 'input/data/shards').join())`,
    {
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 },
      OutputDataConfig: { S3OutputPath: 's3://lake/out', CompressionType: 'NONE' },
      InputDataConfig: [
        channel('shards', 's3://lake/shards/', {
          DataSource: { S3DataSource: { S3DataDistributionType: 'ShardedByS3Key' } as never },
        }),
      ],
    },
  )
  expect(await run(aws, request)).toMatchObject({ TrainingJobStatus: 'Completed' })
  expect(new Set(await linesOf(request.TrainingJobName))).toEqual(
    new Set(['algo-1 algo-1,algo-2 1,3', 'algo-2 algo-1,algo-2 2']),
  )
  const folder = `out/${request.TrainingJobName}/output/model`
  expect(await keysOf(folder)).toEqual([`${folder}/algo-1`, `${folder}/algo-2`, `${folder}/same`])
  expect(await textOf(`${folder}/same`)).toBe('algo-1')
})

test('what is sharded among some of the machines comes to them whole', async () => {
  for (const name of ['1', '2', '3']) await put(`parted/${name}`, name)
  const request = jobRequest(
    aws,
    `
    const { existsSync, readdirSync, readFileSync } = await import('node:fs')
    const root = process.env.SIDESTEP_FS_ROOT + '/opt/ml/input/'
    const { current_host } = JSON.parse(readFileSync(root + 'config/resourceconfig.json', 'utf8'))
    const folder = root + 'data/parted'
    console.log(current_host, existsSync(folder) ? readdirSync(folder).join() : 'none')`,
    {
      ResourceConfig: {
        InstanceGroups: [
          { InstanceGroupName: 'one', InstanceType: 'ml.m5.large', InstanceCount: 2 },
          { InstanceGroupName: 'two', InstanceType: 'ml.c5.xlarge', InstanceCount: 1 },
        ],
        VolumeSizeInGB: 1,
      },
      InputDataConfig: [
        channel('parted', 's3://lake/parted/', {
          DataSource: {
            S3DataSource: { S3DataDistributionType: 'ShardedByS3Key', InstanceGroupNames: ['one'] } as never,
          },
        }),
      ],
    },
  )
  expect(await run(aws, request)).toMatchObject({ TrainingJobStatus: 'Completed' })
  expect(new Set(await linesOf(request.TrainingJobName))).toEqual(new Set(['algo-1 1,3', 'algo-2 2', 'algo-3 none']))
})

test('where one of several machines fails, all are ended, and its failure counts', async () => {
  const request = jobRequest(
    aws,
    `
    const { readFileSync } = await import('node:fs')
    const { current_host } = JSON.parse(readFileSync(process.env.SIDESTEP_FS_ROOT + '/opt/ml/input/config/resourceconfig.json', 'utf8'))
    if (current_host === 'algo-2') process.exit(7)
    setInterval(() => {}, 1000)`,
    {
      ResourceConfig: {
        InstanceGroups: [
          { InstanceGroupName: 'one', InstanceType: 'ml.m5.large', InstanceCount: 1 },
          { InstanceGroupName: 'two', InstanceType: 'ml.c5.xlarge', InstanceCount: 1 },
        ],
        VolumeSizeInGB: 1,
      },
    },
  )
  expect(await run(aws, request)).toMatchObject({
    TrainingJobStatus: 'Failed',
    FailureReason: 'AlgorithmError: , exit code: 7',
  })
  expect(aws.simulator.jobs.at(-1)).toMatchObject({ name: request.TrainingJobName, attempts: 1, end: { exitCode: 7 } })
})

test('a job that is stopped hears SIGTERM, and what it left is uploaded', async () => {
  const request = jobRequest(
    aws,
    `${WRITE}
    process.on('SIGTERM', () => { write('model/last', 'x'); console.log('stopping'); process.exit(0) })
    setInterval(() => {}, 1000)
    console.log('ready')`,
  )
  const { TrainingJobName: name } = request
  await aws.sagemaker.send(new CreateTrainingJobCommand(request))
  await reach(aws, name, ({ SecondaryStatus }) => SecondaryStatus === 'Training')
  while (!(await linesOf(name)).includes('ready')) await new Promise((resolve) => setTimeout(resolve, 10))
  await aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  // Asked for again, it is no error as long as it stops.
  await aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  const job = await reach(aws, name, ({ TrainingJobStatus }) => TrainingJobStatus === 'Stopped')
  expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status).slice(-4)).toEqual([
    'Training',
    'Stopping',
    'Uploading',
    'Stopped',
  ])
  expect(job).not.toHaveProperty('FailureReason')
  expect(await keysOf(`out/${name}`)).toEqual([`out/${name}/output/model.tar.gz`])
  expect(await linesOf(name)).toEqual(['ready', 'stopping'])
})

test('checkpoints come from S3 before a job begins, and go there while it works', async () => {
  await put('checkpoints/old', 'before')
  const request = jobRequest(
    aws,
    `${WRITE}
    const { readFileSync } = await import('node:fs')
    console.log(readFileSync(process.env.SIDESTEP_FS_ROOT + '/opt/ml/checkpoints/old', 'utf8'))
    write('checkpoints/epoch/1', 'one')`,
    { CheckpointConfig: { S3Uri: 's3://lake/checkpoints' } },
  )
  expect(await run(aws, request)).toMatchObject({ TrainingJobStatus: 'Completed' })
  expect(await linesOf(request.TrainingJobName)).toEqual(['before'])
  expect(await textOf('checkpoints/epoch/1')).toBe('one')

  const elsewhere = jobRequest(
    aws,
    `const { readFileSync, writeFileSync } = await import('node:fs')
    console.log(readFileSync(process.env.FOLDER + '/epoch/1', 'utf8'))
    writeFileSync(process.env.FOLDER + '/new', 'two')`,
    { CheckpointConfig: { S3Uri: 's3://lake/checkpoints/', LocalPath: '/saved' }, Environment: { FOLDER: '/saved' } },
  )
  expect(await run(aws, elsewhere)).toMatchObject({ TrainingJobStatus: 'Completed' })
  expect(await linesOf(elsewhere.TrainingJobName)).toEqual(['one'])
  expect(await textOf('checkpoints/new')).toBe('two')
})

test('with a gap, some lines of a log never arrive', async () => {
  aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'log-gap' })
  const request = jobRequest(aws, 'for (let line = 1; line <= 7; line += 1) console.log(line)')
  await run(aws, request)
  expect(await linesOf(request.TrainingJobName)).toEqual(['1', '2', '4', '5', '7'])
  expect(aws.simulator.unmetFaults).toEqual([])
})
