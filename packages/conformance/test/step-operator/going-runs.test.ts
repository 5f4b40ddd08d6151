import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { GoingRuns } from '../../src/step-operator/going-runs.ts'

test('those that go on are stopped and waited for, those that have ended are not', async () => {
  const runs = new GoingRuns()
  const heard: string[] = []
  const add = (name: string): PromiseWithResolvers<void> => {
    const end = Promise.withResolvers<void>()
    const stop = async (): Promise<void> => {
      heard.push(`stop ${name}`)
      await sleep(10)
      heard.push(`end ${name}`)
      end.resolve()
    }
    runs.add(stop, end.promise)
    return end
  }
  add('over').resolve()
  add('one')
  add('two')
  await sleep(1)
  await runs.stop(10_000)
  expect(heard).toEqual(['stop one', 'stop two', 'end one', 'end two'])
})

test('one that cannot be stopped is not waited for, and one that never ends for so long alone', async () => {
  const runs = new GoingRuns()
  const never = Promise.withResolvers<void>()
  runs.add(async () => Promise.reject(new Error('it cannot be')), never.promise)
  const start = performance.now()
  await runs.stop(10_000)
  expect(performance.now() - start).toBeLessThan(5_000)

  runs.add(async () => undefined, Promise.withResolvers<void>().promise)
  await runs.stop(50)
})
