import { SecondaryStatus, TrainingJobStatus } from '@aws-sdk/client-sagemaker'
import { isTerminal, type LaunchReport, type Observation } from '@sidestep/core'
import { describe, expect, it } from 'vitest'

import { observationOf, summaryObservation } from '../../src/operator/observation.ts'
import type { StatusTransition, TrainingJob } from '../../src/operator/training-job.ts'
import { hasEnded, isKnownState, phaseOf } from '../../src/operator/training-states.ts'
import { tellingUnknownStates } from '../../src/operator/unknown-state.ts'

const STATUSES = Object.values(TrainingJobStatus)
const SECONDARY = Object.values(SecondaryStatus)
const AT = new Date('2026-11-22T10:10:00Z')

function at(minute: number): Date {
  return new Date(Date.UTC(2026, 10, 22, 10, minute))
}

function transitions(...given: readonly (readonly [string, number, string?])[]): readonly StatusTransition[] {
  return given.map(([Status, minute, StatusMessage]) => ({ Status, StartTime: at(minute), StatusMessage }))
}

function ended(job: TrainingJob): Observation {
  return observationOf({ CreationTime: at(0), TrainingEndTime: at(9), ...job }, AT)
}

// Airflow #42423, sagemaker-python-sdk #1937: Stopped was success. KFP #6465: states nobody had thought of were waited for forever.
describe('the states of a training job', () => {
  it('are all known, of either word, as the SDK lists them', () => {
    for (const status of STATUSES) {
      for (const secondary of SECONDARY) expect(isKnownState({ status, secondary })).toBe(true)
    }
  })

  it('are success in one case alone', () => {
    const successes = STATUSES.flatMap((status) =>
      SECONDARY.filter((secondary) => phaseOf({ status, secondary }, true) === 'succeeded').map(() => status),
    )
    expect(new Set(successes)).toEqual(new Set(['Completed']))
  })

  it('are an end where SageMaker says so, and nowhere else', () => {
    for (const status of STATUSES) {
      for (const secondary of SECONDARY) {
        const phase = phaseOf({ status, secondary }, true)
        expect([status, secondary, isTerminal(phase)]).toEqual([status, secondary, hasEnded(status)])
      }
    }
  })

  it.each([
    ['InProgress', 'Starting', 'provisioning'],
    ['InProgress', 'Pending', 'queued'],
    ['InProgress', 'Downloading', 'downloading'],
    ['InProgress', 'Training', 'running'],
    ['InProgress', 'Uploading', 'finalizing'],
    ['InProgress', 'Interrupted', 'queued'],
    ['InProgress', 'Restarting', 'provisioning'],
    ['InProgress', 'Failed', 'finalizing'],
    ['Stopping', 'Stopping', 'stopping'],
    ['Stopping', 'Stopped', 'stopping'],
    ['Completed', 'Completed', 'succeeded'],
    ['Failed', 'Failed', 'failed'],
    ['Stopped', 'Stopped', 'stopped'],
    ['Stopped', 'MaxRuntimeExceeded', 'stopped'],
    ['Stopped', 'MaxWaitTimeExceeded', 'expired'],
    ['Deleting', 'Completed', 'stopping'],
  ])('%s/%s is %s', (status, secondary, phase) => {
    expect(phaseOf({ status, secondary }, false)).toBe(phase)
  })

  // "Valid values for SecondaryStatus are subject to change."
  it.each(['Hibernating', '', 'constructor', '__proto__', 'toString'])('that nobody knows go on: %s', (word) => {
    expect(phaseOf({ status: word, secondary: word }, false)).toBe('provisioning')
    expect(phaseOf({ status: word, secondary: word }, true)).toBe('running')
    expect(phaseOf({ status: 'InProgress', secondary: word }, true)).toBe('running')
    // A word for the end that came later is none.
    expect(isTerminal(phaseOf({ status: word, secondary: 'Stopped' }, true))).toBe(false)
  })

  it('that nobody knows are told of once', () => {
    const reports: LaunchReport[] = []
    const report = tellingUnknownStates({ report: (event: object) => void reports.push(event as LaunchReport) })
    const states = [
      'InProgress/Training',
      'InProgress/Starting: Insufficient capacity, retrying!',
      // Of a list that says no more.
      'InProgress',
      'InProgress/Hibernating',
      'InProgress/Dreaming',
    ]
    for (const providerState of states) {
      report({ type: 'observed', observation: { phase: 'running', at: AT.toISOString(), providerState } })
    }
    const warnings = reports.filter(({ type }) => type === 'warning')
    expect(warnings).toEqual([
      { type: 'warning', message: expect.stringContaining('"InProgress/Hibernating"') as string },
    ])
    expect(reports).toHaveLength(states.length + 1)
  })
})

describe('what is said of a training job', () => {
  it('has each phase with its time, and what it waits for', () => {
    const job: TrainingJob = {
      TrainingJobStatus: 'InProgress',
      SecondaryStatus: 'Pending',
      CreationTime: at(0),
      LastModifiedTime: at(2),
      SecondaryStatusTransitions: transitions(
        ['Starting', 1, 'Preparing'],
        ['Pending', 2, 'Insufficient capacity error from EC2'],
      ),
    }
    expect(observationOf(job, AT)).toEqual({
      phase: 'queued',
      // peers: who waits for a job that has not begun is told what for.
      providerState: 'InProgress/Pending: Insufficient capacity error from EC2',
      at: AT.toISOString(),
      phases: [
        { phase: 'provisioning', at: at(0).toISOString() },
        { phase: 'queued', at: at(2).toISOString() },
      ],
    })
  })

  it('follows a spot job through its interruption', () => {
    const job = ended({
      TrainingJobStatus: 'Completed',
      SecondaryStatus: 'Completed',
      SecondaryStatusTransitions: transitions(
        ['Starting', 0],
        ['Downloading', 1],
        ['Training', 2],
        ['Interrupted', 3],
        ['Starting', 4],
        ['Downloading', 5],
        ['Training', 6],
        ['Uploading', 7],
        ['Completed', 8],
      ),
      TrainingTimeInSeconds: 300,
      BillableTimeInSeconds: 90,
      ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 2 },
    })
    expect(job.phases?.map(({ phase }) => phase)).toEqual([
      'provisioning',
      'downloading',
      'running',
      'queued',
      'provisioning',
      'downloading',
      'running',
      'finalizing',
      'succeeded',
    ])
    expect(job.usage).toEqual({ runSeconds: 300, billableSeconds: 90, instanceType: 'ml.g5.xlarge', instanceCount: 2 })
  })

  it('used no machines that it never got', () => {
    const waited = { TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed', FailureReason: 'CapacityError: none' }
    const ResourceConfig = { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 1 }
    expect(ended({ ...waited, ResourceConfig })).not.toHaveProperty('usage')
    // Of one that failed on its machines before its step began.
    expect(ended({ ...waited, ResourceConfig, TrainingStartTime: at(1) }).usage).toEqual({
      instanceType: 'ml.p4d.24xlarge',
      instanceCount: 1,
    })
  })

  it('has no usage before its end', () => {
    const going = { TrainingJobStatus: 'InProgress', SecondaryStatus: 'Training', TrainingTimeInSeconds: 5 }
    expect(observationOf(going, at(9))).not.toHaveProperty('usage')
  })

  it('has no usage where SageMaker tells none', () => {
    expect(ended({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' })).not.toHaveProperty('usage')
  })

  it('never goes back in time', () => {
    const { phases = [], at: said } = observationOf(
      {
        TrainingJobStatus: 'InProgress',
        SecondaryStatus: 'Training',
        CreationTime: at(5),
        LastModifiedTime: at(30),
        SecondaryStatusTransitions: transitions(['Starting', 4], ['Downloading', 7], ['Training', 6]),
      },
      AT,
    )
    expect(phases.map((start) => start.at)).toEqual([at(4), at(7), at(7)].map((time) => time.toISOString()))
    // The head of an answer tells the time to the second.
    expect(said).toBe(at(30).toISOString())
  })

  it.each<[string, TrainingJob, object]>([
    [
      'was stopped by somebody',
      { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' },
      { phase: 'stopped', kind: 'stopped' },
    ],
    [
      'ran for too long',
      { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded' },
      { phase: 'stopped', kind: 'timeout', hint: expect.stringContaining('timeouts.run') as string },
    ],
    [
      'never got a spot machine',
      {
        TrainingJobStatus: 'Stopped',
        SecondaryStatus: 'MaxWaitTimeExceeded',
        SecondaryStatusTransitions: transitions(['Starting', 0]),
      },
      { phase: 'expired', kind: 'capacity' },
    ],
    [
      'lost its spot machine',
      {
        TrainingJobStatus: 'Stopped',
        SecondaryStatus: 'MaxWaitTimeExceeded',
        SecondaryStatusTransitions: transitions(['Training', 1], ['Interrupted', 2]),
      },
      { phase: 'expired', kind: 'preempted' },
    ],
    [
      'was too slow on a spot machine',
      {
        TrainingJobStatus: 'Stopped',
        SecondaryStatus: 'MaxWaitTimeExceeded',
        SecondaryStatusTransitions: transitions(['Training', 1]),
      },
      { phase: 'expired', kind: 'timeout' },
    ],
    [
      'waited in vain',
      {
        TrainingJobStatus: 'Stopped',
        SecondaryStatus: 'Stopped',
        TrainingEndTime: at(121),
        StoppingCondition: { MaxPendingTimeInSeconds: 7_200 },
      },
      { phase: 'expired', kind: 'capacity' },
    ],
    [
      'was stopped while it waited',
      {
        TrainingJobStatus: 'Stopped',
        SecondaryStatus: 'Stopped',
        TrainingEndTime: at(100),
        StoppingCondition: { MaxPendingTimeInSeconds: 7_200 },
      },
      { phase: 'stopped', kind: 'stopped' },
    ],
  ])('that %s', (_name, job, said) => {
    const observation = ended(job)
    expect(observation).toMatchObject(said)
    expect(observation.reason).toMatch(/./)
  })

  it.each<[string, object]>([
    [
      'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
      { kind: 'capacity' },
    ],
    ['ResourceLimitExceeded: The account-level service limit is 0 Instances', { kind: 'quota' }],
    ['AlgorithmError: , exit code: 137', { kind: 'oom', exitCode: 137 }],
    [
      'ClientError: Please use an instance type with more memory, or reduce the size of training data processed on an instance.',
      { kind: 'oom' },
    ],
    ['InternalServerError: We encountered an internal error. Please try again.', { kind: 'infra' }],
    ['AlgorithmError: TypeError: x is undefined, exit code: 1', { kind: 'step', exitCode: 1 }],
    // What a step writes about itself is not what SageMaker says.
    [
      'AlgorithmError: CapacityError in my queue: access denied, out of memory, exit code: 3',
      { kind: 'step', exitCode: 3 },
    ],
    ['AlgorithmError: , exit code: 127', { kind: 'config', exitCode: 127 }],
    ['AlgorithmError: the store does not answer, exit code: 75', { kind: 'infra', exitCode: 75 }],
    ['AlgorithmError: , exit code: 143', { kind: 'infra', exitCode: 143 }],
    ['ClientError: Data download failed: No S3 objects found under s3://b/c', { kind: 'config' }],
    ['ClientError: Failed to invoke: AccessDenied for s3://b', { kind: 'auth' }],
    ['Something that nobody has seen', {}],
  ])('that failed: %s', (FailureReason, said) => {
    const observation = ended({ TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed', FailureReason })
    expect(observation).toMatchObject({ phase: 'failed', reason: FailureReason, ...said })
    if (!('kind' in said)) expect(observation.kind).toBe(undefined)
  })

  it('that only a list has', () => {
    const summary = {
      TrainingJobStatus: 'InProgress',
      SecondaryStatus: 'Training',
      CreationTime: at(1),
      LastModifiedTime: at(3),
    }
    expect(summaryObservation(summary, AT)).toEqual({
      phase: 'running',
      providerState: 'InProgress/Training',
      at: AT.toISOString(),
      phases: [{ phase: 'provisioning', at: at(1).toISOString() }],
    })
    // An older API says less.
    expect(summaryObservation({ TrainingJobStatus: 'InProgress', LastModifiedTime: at(3) }, AT).phase).toBe(
      'provisioning',
    )
  })
})
