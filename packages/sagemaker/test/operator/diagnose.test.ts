import type { ComponentFinding } from '@sidestep/core'
import { expect, onTestFinished, test, vi } from 'vitest'

import { SagemakerStepOperator } from '../../src/operator/sagemaker-step-operator.ts'
import type { SagemakerConfig } from '../../src/sagemaker-config.ts'
import { config } from './job-to-prepare.ts'
import { signal, simulatedJobs } from './simulated-jobs.ts'

const aws = simulatedJobs()

async function diagnose(given: Partial<SagemakerConfig> = {}): Promise<readonly ComponentFinding[]> {
  const operator = new SagemakerStepOperator(config({ endpoint: aws.simulator.endpoint, ...given }))
  return operator.diagnose({ signal: signal() })
}

test('doctor finds who the launcher is, the role in its account, and that SageMaker answers; it makes nothing', async () => {
  aws.simulator.clearCalls()
  expect(await diagnose()).toEqual([
    {
      tried: 'asking AWS who the launcher is',
      state: 'ok',
      found: `arn:aws:iam::123456789012:user/simulator, at ${aws.simulator.endpoint}: a simulator on this machine`,
    },
    {
      tried: 'comparing the role with the account',
      state: 'ok',
      found: 'role/steps is in the account 123456789012',
    },
    { tried: 'listing training jobs in eu-west-1', state: 'ok', found: 'SageMaker answers' },
  ])
  expect(aws.simulator.calls.map(({ service, operation }) => `${service}.${operation}`)).toEqual([
    'sts.GetCallerIdentity',
    'sagemaker.ListTrainingJobs',
  ])
})

test('doctor finds a role of another account, and goes on', async () => {
  const found = await diagnose({ role: 'arn:aws:iam::999999999999:role/steps' })
  expect(found.map(({ state }) => state)).toEqual(['ok', 'problem', 'ok'])
  expect(found[1]).toMatchObject({
    found: expect.stringContaining('in the account 999999999999, and the launcher in 123456789012') as string,
    hint: expect.stringContaining('correct the role') as string,
  })
})

test('doctor finds a region that does not answer', async () => {
  aws.simulator.addFaults({ operation: 'sagemaker.ListTrainingJobs', kind: 'server-error', times: 3 })
  const found = await diagnose({ region: 'us-west-2' })
  expect(found.map(({ state }) => state)).toEqual(['ok', 'ok', 'problem'])
  expect(found[2]?.tried).toBe('listing training jobs in us-west-2')
})

test('doctor finds credentials that have expired', async () => {
  aws.simulator.addFaults(
    { operation: 'sts.GetCallerIdentity', kind: 'expired-token' },
    { operation: 'sagemaker.ListTrainingJobs', kind: 'expired-token', times: 2 },
  )
  const found = await diagnose()
  // Nobody knows the launcher's account: the role is compared with nothing.
  expect(found.map(({ tried, state }) => [tried, state])).toEqual([
    ['asking AWS who the launcher is', 'problem'],
    ['listing training jobs in eu-west-1', 'problem'],
  ])
  for (const { hint } of found) {
    expect(hint).toContain('Sign in again')
    // Whoever reads this has just asked it.
    expect(hint).not.toContain('doctor')
  }
})

test('doctor finds that there are no credentials, and sends nothing', async () => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'])
    vi.stubEnv(name, '')
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent')
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent')
  onTestFinished(() => void vi.unstubAllEnvs())
  // No loopback endpoint: such a one needs none.
  const operator = new SagemakerStepOperator(config())
  const found = await operator.diagnose({ signal: signal() })
  expect(found.map(({ state }) => state)).toEqual(['problem', 'problem'])
  for (const { hint } of found) expect(hint).toMatch(/^No credentials were found\. Sign in.*AWS_PROFILE/)
})

test('doctor finds that nothing answers, and says where to look', async () => {
  const found = await diagnose({ endpoint: 'http://127.0.0.1:9' })
  expect(found.map(({ state }) => state)).toEqual(['problem', 'problem'])
  for (const { found: seen, hint } of found) {
    expect(seen).toContain('ECONNREFUSED')
    expect(hint).toContain('See `endpoint` and `region`')
  }
})
