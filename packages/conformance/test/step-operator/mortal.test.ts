import { setTimeout as sleep } from 'node:timers/promises'

import { BaseStepOperator, Stack, type ComponentRef } from '@sidestep/core'
import { expect, test } from 'vitest'

import { GoingRuns } from '../../src/step-operator/going-runs.ts'
import { Life, openMortal } from '../../src/step-operator/mortal.ts'

class Counting extends BaseStepOperator<{ readonly launches: string[] }> {
  static override readonly FLAVOR = 'counting'
  readonly #prefix = 'launch'

  async launch(info: { readonly stepName: string }): Promise<void> {
    await sleep(1)
    this.config.launches.push(`${this.#prefix} ${info.stepName}`)
  }
}

test('a dead operator does nothing and answers nothing, in the very stack that has it, until it is buried', async () => {
  const launches: string[] = []
  const store: ComponentRef<'artifact_store'> = {
    type: 'artifact_store',
    flavor: 'none',
    config: {},
    load: async () => new Counting({ launches }) as never,
  }
  const operator = new Counting({ launches })
  const stack = new Stack({ name: 'here', artifactStore: store, stepOperators: { here: operator } })
  const life = new Life()
  const place = { folder: '/nowhere', name: 'nothing' }
  await openMortal(
    {
      place,
      open: async () => ({ stack, operator }),
      given: {},
      timeoutFactor: 1,
      until: Infinity,
      runs: new GoingRuns(),
    },
    life,
  )
  const launch = async (stepName: string): Promise<void> =>
    (operator.launch as (info: object) => Promise<void>)({ stepName })
  await launch('alive')
  const dying = launch('dying')
  life.end()
  const outcomes: unknown[] = []
  for (const call of [dying, launch('dead')])
    call.then(
      () => outcomes.push('answered'),
      (error: unknown) => outcomes.push(error),
    )
  await sleep(20)
  expect(outcomes).toEqual([])
  // What was in flight takes effect, and is not heard of.
  expect(launches).toEqual(['launch alive', 'launch dying'])
  life.bury()
  await sleep(1)
  expect(outcomes).toMatchObject([{ code: 'RUN_TAKEN_OVER' }, { code: 'RUN_TAKEN_OVER' }])
  expect(await stack.stepOperator(true)).toBe(operator)
})
