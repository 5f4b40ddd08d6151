import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { BlobServiceClient } from '@azure/storage-blob'
import { Storage } from '@google-cloud/storage'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { startSimulator, type Simulator, type SimulatorName } from '../src/simulator.ts'

let simulator: Simulator

beforeEach(() => {
  // Of whoever runs the tests.
  for (const name of Object.keys(process.env))
    if (/^(?:AWS|GOOGLE|GCLOUD|AZURE)_/.test(name)) vi.stubEnv(name, undefined)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await simulator.close()
})

/** A simulator, with its variables and nothing else to find it by. */
async function surroundings(name: SimulatorName): Promise<void> {
  simulator = await startSimulator(name)
  for (const [variable, value] of Object.entries(simulator.environment)) vi.stubEnv(variable, value)
}

const operations = (): readonly string[] => simulator.calls.map(({ service, operation }) => `${service}.${operation}`)

test('the SDK of AWS finds the simulator by its variables', async () => {
  await surroundings('aws')
  const client = new S3Client({})
  await client.send(new CreateBucketCommand({ Bucket: 'things' }))
  await client.send(new PutObjectCommand({ Bucket: 'things', Key: 'a', Body: 'text' }))
  client.destroy()
  expect(simulator.services).toEqual(['s3', 'sagemaker', 'logs', 'sts', 'secretsmanager', 'ssm', 'ecr'])
  expect(operations()).toEqual(['s3.CreateBucket', 's3.PutObject'])
  // By this one boto3 and the command line of AWS know the region.
  expect(simulator.environment['AWS_DEFAULT_REGION']).toBe(simulator.environment['AWS_REGION'])
})

test('the SDK of Google finds the simulator by its variables', async () => {
  await surroundings('gcp')
  const [bucket] = await new Storage().createBucket('things')
  await bucket.file('a').save('text', { resumable: false })
  await bucket.file('b').save('text', { resumable: true })
  const [files] = await bucket.getFiles()
  expect(files.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(String(await bucket.file('b').download())).toBe('text')
  expect(simulator.services).toEqual(['gcs'])
  expect(new Set(operations())).toEqual(
    new Set(
      ['buckets.insert', 'objects.insert', 'uploads.start', 'uploads.write', 'objects.list', 'objects.download'].map(
        (name) => `gcs.${name}`,
      ),
    ),
  )
})

test('the SDK of Azure finds the simulator by its variables', async () => {
  await surroundings('azure')
  const service = BlobServiceClient.fromConnectionString(process.env['AZURE_STORAGE_CONNECTION_STRING'] ?? '')
  const container = service.getContainerClient('things')
  await container.create()
  await container.getBlockBlobClient('a').upload('text', 4)
  expect(simulator.services).toEqual(['blob'])
  expect(operations()).toEqual(['blob.CreateContainer', 'blob.PutBlob'])
})
