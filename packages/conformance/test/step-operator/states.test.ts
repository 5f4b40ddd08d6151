import { AssertionError } from 'node:assert'

import type { Phase } from '@sidestep/core'
import { expect, test } from 'vitest'

import type { ProviderStates } from '../../src/index.ts'
import { subjectOf } from '../../src/step-operator/subject-of.ts'
import { checks } from '../../src/step-operator/topics/states.ts'

const TABLE: Readonly<Record<string, Phase>> = {
  JOB_STATE_QUEUED: 'queued',
  JOB_STATE_PENDING: 'provisioning',
  JOB_STATE_RUNNING: 'running',
  JOB_STATE_PAUSED: 'running',
  JOB_STATE_CANCELLING: 'stopping',
  JOB_STATE_SUCCEEDED: 'succeeded',
  JOB_STATE_FAILED: 'failed',
  JOB_STATE_CANCELLED: 'stopped',
  JOB_STATE_EXPIRED: 'expired',
}

function statesOf(changes: Readonly<Record<string, Phase | undefined>> = {}): ProviderStates {
  const table = new Map(Object.entries({ ...TABLE, ...changes }))
  return { values: Object.keys(TABLE), phaseOf: (value) => table.get(value) ?? 'running' }
}

async function finding(states: ProviderStates): Promise<string> {
  const create = async (): Promise<never> => {
    throw new Error('nothing is made for it')
  }
  const subject = subjectOf({ folder: '/nowhere', name: 'x' }, { create, states })
  try {
    for (const { run } of checks) await run(subject)
    return ''
  } catch (error) {
    if (error instanceof AssertionError) return error.message
    throw error
  }
}

test('a table that is whole passes', async () => {
  expect(await finding(statesOf())).toBe('')
})

test.for([
  ['JOB_STATE_CANCELLED', 'succeeded', /counts as success/],
  ['JOB_STATE_PAUSED', 'succeeded', /counts as success/],
  ['JOB_STATE_PAUSED', 'failed', /counts as an end/],
  ['JOB_STATE_EXPIRED', undefined, /is waited for forever/],
  ['JOB_STATE_SUCCEEDED', 'running', /none is a success/],
  ['JOB_STATE_QUEUED', 'waiting' as Phase, /every member/],
] as const)('%s that is %s is found', async ([state, phase, message]) => {
  expect(await finding(statesOf({ [state]: phase }))).toMatch(message)
})

test('a state that nobody knows must neither end a job nor be looked up in what every object has', async () => {
  const { values, phaseOf } = statesOf()
  const ends = { values, phaseOf: (value: string) => (values.includes(value) ? phaseOf(value) : 'failed') }
  expect(await finding(ends)).toMatch(/nobody knows, 'ConformanceUnknown'/)
  expect(await finding({ values, phaseOf: (value) => TABLE[value] ?? 'running' })).toMatch(
    /nobody knows, 'constructor'/,
  )
})
