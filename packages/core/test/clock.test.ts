import { setTimeout as wait } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { systemClock } from '../src/clock.ts'

const MONTH_MS = 30 * 86_400_000

test('a sleep that is longer than any timer of Node.js does not end at once, and can be cut short', async () => {
  const over = new AbortController()
  const sleep = systemClock.sleep(MONTH_MS, { signal: over.signal }).then(
    () => 'it has ended',
    (error: unknown) => error,
  )
  expect(await Promise.race([sleep, wait(50, 'it goes on')])).toBe('it goes on')
  over.abort(new Error('enough'))
  expect(await sleep).toMatchObject({ message: 'enough' })
})

test('a sleep lasts as long as it was asked to', async () => {
  const start = performance.now()
  await systemClock.sleep(20)
  expect(performance.now() - start).toBeGreaterThan(15)
})
