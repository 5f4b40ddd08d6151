import { expect, test } from 'vitest'
import * as z from 'zod'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { resultKey } from '../../src/artifact/layout.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import type { StepRunLaunch } from '../../src/launch/step-run-launch.ts'
import type { BaseStepOperator } from '../../src/operator/base-step-operator.ts'
import type { StepRunInfo } from '../../src/operator/step-run-info.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { SmallOperator } from '../support/small-operator.ts'
import { attempt, stepLaunch } from '../support/step-launch.ts'

class Settled extends SmallOperator {
  static override readonly FLAVOR = 'settled'
  static override readonly SETTINGS_SCHEMA = z.strictObject({ useSpot: z.boolean().default(false) })
}

async function setUp(operator: BaseStepOperator<any, any>, asked: Partial<StepRunInfo['config']>) {
  const store = await FolderStore.temporary()
  const step = stepLaunch(operator, { store, clock: new FakeClock() })
  const launch: StepRunLaunch = {
    ...step,
    flavors: ['settled'],
    info: { ...step.info, config: { ...step.info.config, ...asked } },
  }
  return { store, launch, [Symbol.asyncDispose]: async () => store[Symbol.asyncDispose]() }
}

const succeeded = encodeJson({
  version: 1,
  status: 'succeeded',
  nonce: 'x',
  incarnation: 1,
  finishedAt: '',
  outputs: {},
})

test('an operator is launched with the settings that its schema gives', async () => {
  const operator = new Settled({})
  const other = { 'step_operator.elsewhere': { a: 1 } }
  await using setup = await setUp(operator, { settings: other })
  operator.launch = async (info) => {
    operator.launched.push(info)
    await setup.store.put(resultKey(attempt(1)), succeeded)
  }
  await launchStepRun(setup.launch)
  expect(operator.launched.map(({ config }) => config.settings)).toEqual([
    { ...other, 'step_operator.settled': { useSpot: false } },
  ])
})

test.each([
  ['settings', { settings: { 'step_operator.settled': { useSpot: 'yes' } } }, 'CONFIG_INVALID', /useSpot/],
  ['names of settings', { settings: { 'step_operator.setled': {} } }, 'CONFIG_INVALID', /"step_operator\.setled"/],
  ['resources', { resourceSettings: { gpuCount: 1 } }, 'RESOURCES_UNAVAILABLE', /resources\.gpuCount/],
  ['machines', { resourceSettings: { instanceCount: 2 } }, 'RESOURCES_UNAVAILABLE', /resources\.instanceCount/],
] as const)('%s that cannot be had are refused before anything is begun', async (_what, asked, code, message) => {
  const operator = new Settled({})
  await using setup = await setUp(operator, asked)
  await expect(launchStepRun(setup.launch)).rejects.toMatchObject({
    code,
    kind: 'config',
    message: expect.stringMatching(message),
    hint: expect.any(String),
  })
  expect(operator.launched).toEqual([])
  expect(await setup.launch.journal.attempt(attempt(1)).read()).toMatchObject({ creates: [] })
})

test('a job that is there is gone on with, whatever its operator could not be asked for any more', async () => {
  const operator = new Settled({ capabilities: { adopt: true } })
  const settings = { 'step_operator.settled': { useSpot: 'yes' } }
  await using setup = await setUp(operator, { settings, resourceSettings: { gpuCount: 1 } })
  const record = setup.launch.journal.attempt(attempt(1))
  await record.create({ n: 1, nonce: 'n', deadline: '2026-01-01T00:00:00.000Z' })
  await record.handle({ id: 'job-1' })
  operator.launch = async (info) => {
    operator.launched.push(info)
    await setup.store.put(resultKey(attempt(1)), succeeded)
  }
  await launchStepRun(setup.launch)
  expect(operator.launched.map(({ config }) => config.settings)).toEqual([settings])
})
