import { expect, test } from 'vitest'

import { checkScope } from '../../src/ground/fault-scope.ts'
import type { Fault } from '../../src/ground/faults.ts'
import type { Service } from '../../src/ground/service.ts'
import { SIMULATORS, startSimulator } from '../../src/simulator.ts'

test.each([
  ['aws', 's3.PutObject', 'oom', 'no operation of s3 meets it'],
  ['aws', 's3.*', 'stuck', 'no operation of s3 meets it'],
  ['aws', 's3.PutObject', 'delayed-effect', 'those of s3 that meet it are DeleteBucket'],
  ['aws', 's3.PutObject', 'stale-list', 'those of s3 that meet it are ListObjects, ListObjectsV2'],
  ['aws', 's3.GetObject', 'conflict', 'those of s3 that meet it are PutObject, CopyObject, CompleteMultipartUpload'],
  ['aws', 's3.PutNote', 'slow', 'the operations of s3 are ListBuckets'],
  ['aws', 'sagemaker.ListTrainingJobs', 'delayed-effect', 'those of sagemaker that meet it are CreateTrainingJob'],
  ['aws', 'sagemaker.DescribeTrainingJob', 'stale-list', 'those of sagemaker that meet it are ListTrainingJobs'],
  ['aws', 'sagemaker.StopTrainingJob', 'no-capacity', 'those of sagemaker that meet it are CreateTrainingJob'],
  ['aws', 'sagemaker.CreateTrainingJob', 'conflict', 'no operation of sagemaker meets it'],
  ['aws', 'logs.GetLogEvents', 'log-gap', 'no operation of logs meets it'],
  ['aws', 'logs.*', 'delayed-effect', 'no operation of logs meets it'],
  ['aws', 'ecr.DescribeRepositories', 'stale-list', 'no operation of ecr meets it'],
  ['aws', 'ssm.GetParameter', 'delayed-effect', 'those of ssm that meet it are PutParameter'],
  ['aws', 'secretsmanager.CreateSecret', 'stuck', 'no operation of secretsmanager meets it'],
  ['aws', 'sts.GetCallerIdentity', 'delayed-effect', 'no operation of sts meets it'],
  ['aws', 'gcs.objects.get', 'slow', 'the services are s3'],
  ['gcp', 'gcs.objects.insert', 'delayed-effect', 'no operation of gcs meets it'],
  ['gcp', 'gcs.buckets.list', 'stale-list', 'those of gcs that meet it are objects.list'],
  ['azure', 'blob.ListContainers', 'stale-list', 'those of blob that meet it are ListBlobs'],
  ['azure', 'blob.*', 'log-gap', 'no operation of blob meets it'],
] as const)('%s: a fault of %s that is %s could never act', async (name, operation, kind, why) => {
  await using simulator = await startSimulator(name)
  expect(() => simulator.addFaults({ operation, kind })).toThrow(
    `a fault ${kind} of ${operation} cannot happen here: ${why}`,
  )
  // None of those beside it is added.
  const [good] = simulator.services
  expect(() => simulator.addFaults({ operation: `${good}.*`, kind: 'slow' }, { operation, kind })).toThrow(RangeError)
  expect(simulator.unmetFaults).toEqual([])
})

test('of every service that comes with the package it is known what its faults can act in', async () => {
  for (const name of SIMULATORS) {
    await using simulator = await startSimulator(name)
    for (const service of simulator.services) {
      // A service that declares nothing would take any of them.
      expect(() => simulator.addFaults({ operation: `${service}.Nothing`, kind: 'slow' })).toThrow(RangeError)
      for (const kind of ['stale-list', 'delayed-effect', 'conflict', 'stuck'] as const) {
        const any: Fault = { operation: `${service}.*`, kind }
        const accepted = attempt(() => simulator.addFaults(any))
        expect({ service, kind, accepted }).toEqual({ service, kind, accepted: ABLE[kind].includes(service) })
      }
    }
    simulator.clearFaults()
  }
})

const ABLE = {
  'stale-list': ['s3', 'sagemaker', 'logs', 'gcs', 'blob'],
  'delayed-effect': ['s3', 'sagemaker', 'secretsmanager', 'ssm', 'ecr'],
  conflict: ['s3'],
  stuck: ['sagemaker'],
}

/** False: it was refused. */
function attempt(act: () => void): boolean {
  try {
    act()
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

test('what a service declares may be asked for, and all of what it does not declare', () => {
  const service = (more: Partial<Service>): readonly Service[] => [{ name: 'jobs', ...more } as Service]
  const stuck: Fault = { operation: 'jobs.CreateJob', kind: 'stuck' }
  checkScope(stuck, service({}))
  checkScope(stuck, service({ jobs: ['CreateJob'] }))
  checkScope({ ...stuck, operation: 'jobs.*' }, service({ jobs: ['CreateJob'] }))
  checkScope({ ...stuck, kind: 'delayed-effect' }, service({ effects: ['CreateJob'], jobs: [] }))
  expect(() => checkScope({ ...stuck, operation: 'jobs.ListJobs' }, service({ jobs: ['CreateJob'] }))).toThrow(
    RangeError,
  )
})
