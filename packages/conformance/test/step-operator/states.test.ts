import { AssertionError } from 'node:assert'

import { Stack, type Phase } from '@sidestep/core'
import { expect, test } from 'vitest'

import type { ProviderStates } from '../../src/index.ts'
import { subjectOf } from '../../src/step-operator/subject-of.ts'
import { SoundOperator } from '../broken/sound-operator.ts'
import { SoundStore } from '../broken/sound-store.ts'
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

const ENDS = ['JOB_STATE_SUCCEEDED', 'JOB_STATE_FAILED', 'JOB_STATE_CANCELLED', 'JOB_STATE_EXPIRED']
const SUCCESSES = ['JOB_STATE_SUCCEEDED']

function statesOf(changes: Readonly<Record<string, Phase | 'ended' | undefined>> = {}): ProviderStates {
  const table = new Map(Object.entries({ ...TABLE, ...changes }))
  const phaseOf = (value: string): Phase | 'ended' => table.get(value) ?? 'running'
  return { values: Object.keys(TABLE), phaseOf, ends: ENDS, successes: SUCCESSES }
}

async function finding(states: ProviderStates | undefined): Promise<string> {
  const stepOperators = { here: new SoundOperator({ folder: '/nowhere' }) }
  const create = (): Stack =>
    new Stack({ name: 'here', artifactStore: new SoundStore({ folder: '/nowhere' }), stepOperators })
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

test('words that do not say how a job ended, or end as others go on, are the business of the implementer', async () => {
  const table = new Map<string, Phase | 'ended'>([
    ['RUNNING', 'running'],
    ['STOPPED', 'running'],
    ['FAILING', 'stopping'],
    ['COMPLETED', 'ended'],
  ])
  const phaseOf = (value: string): Phase | 'ended' => table.get(value) ?? 'running'
  const states = { values: [...table.keys()], phaseOf, ends: ['COMPLETED'], successes: [] }
  expect(await finding(states)).toBe('')
})

test('an operator over a service of which nobody has said anything is found', async () => {
  expect(await finding(undefined)).toMatch(/was given no `states`[^]*Give `states`: .*'none'/)
})

test.for([
  ['JOB_STATE_CANCELLED', 'succeeded', /counts as success/],
  ['JOB_STATE_PAUSED', 'succeeded', /counts as an end/],
  ['JOB_STATE_PAUSED', 'failed', /counts as an end/],
  ['JOB_STATE_EXPIRED', undefined, /is waited for forever/],
  ['JOB_STATE_SUCCEEDED', 'running', /is waited for forever/],
  ['JOB_STATE_SUCCEEDED', 'ended', /is a success, counts as ended/],
  ['JOB_STATE_FAILED', 'succeeded', /counts as success/],
  ['JOB_STATE_QUEUED', 'waiting' as Phase, /every member/],
] as const)('%s that is %s is found', async ([state, phase, message]) => {
  expect(await finding(statesOf({ [state]: phase }))).toMatch(message)
})

test('a state that nobody knows must neither end a job nor be looked up in what every object has', async () => {
  const states = statesOf()
  const { values, phaseOf } = states
  const failed = (value: string): Phase | 'ended' => (values.includes(value) ? phaseOf(value) : 'failed')
  expect(await finding({ ...states, phaseOf: failed })).toMatch(/nobody knows, 'ConformanceUnknown'/)
  expect(await finding({ ...states, phaseOf: (value) => TABLE[value] ?? 'running' })).toMatch(
    /nobody knows, 'constructor'/,
  )
})
