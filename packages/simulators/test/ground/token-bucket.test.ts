import fc from 'fast-check'
import { expect, test } from 'vitest'

import { ManualClock } from '../../src/ground/manual-clock.ts'
import { TokenBucket } from '../../src/ground/token-bucket.ts'

test('takes a burst, and then as many as the rate', async () => {
  const clock = new ManualClock()
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, clock)
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 0, 500, 500])
  await clock.advance(499)
  expect(bucket.take()).toBe(1)
  await clock.advance(1)
  expect([bucket.take(), bucket.take()]).toEqual([0, 500])
  await clock.advance(3_600_000)
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 0, 500])
})

test('the burst is a second of calls, or one', () => {
  const burst = (perSecond: number): number => {
    const bucket = new TokenBucket({ perSecond }, new ManualClock())
    let count = 0
    while (bucket.take() === 0) count += 1
    return count
  }
  expect([burst(0.1), burst(1), burst(10), burst(3500)]).toEqual([1, 1, 10, 3500])
})

test('refuses what lets nothing through', () => {
  for (const rate of [
    { perSecond: 0 },
    { perSecond: -1 },
    { perSecond: NaN },
    { perSecond: Infinity },
    { perSecond: 1, burst: 0.5 },
    { perSecond: 1, burst: NaN },
  ]) {
    expect(() => new TokenBucket(rate, new ManualClock())).toThrow(RangeError)
  }
})

test('the wait that it says is enough, and no less is; over any time it lets no more than rate and burst through', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.05, max: 500, noNaN: true }),
      fc.double({ min: 1, max: 20, noNaN: true }),
      fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 15 }),
      async (perSecond, burst, pauses) => {
        const clock = new ManualClock()
        const bucket = new TokenBucket({ perSecond, burst }, clock)
        const start = clock.now()
        let taken = 0
        for (const pause of pauses) {
          await clock.advance(pause)
          let wait = bucket.take()
          for (; wait === 0; wait = bucket.take()) taken += 1
          expect(taken).toBeLessThanOrEqual(burst + ((clock.now() - start) / 1000) * perSecond + 1e-3)
          await clock.advance(wait - 1)
          expect(bucket.take()).toBe(1)
          await clock.advance(1)
          expect(bucket.take()).toBe(0)
          taken += 1
        }
      },
    ),
    { numRuns: 40 },
  )
})
