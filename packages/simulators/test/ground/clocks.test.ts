import fc from 'fast-check'
import { expect, test } from 'vitest'

import { ManualClock } from '../../src/ground/manual-clock.ts'
import { ScaledClock } from '../../src/ground/scaled-clock.ts'

const { signal } = new AbortController()

test('a manual clock stands still until it is moved', async () => {
  const clock = new ManualClock()
  expect(new Date(clock.now()).toISOString()).toBe('2026-01-01T00:00:00.000Z')
  await clock.advance(1500)
  expect(new Date(clock.now()).toISOString()).toBe('2026-01-01T00:00:01.500Z')
  await expect(clock.advance(-1)).rejects.toThrow('a clock cannot be moved by -1 milliseconds')
  await expect(clock.advance(NaN)).rejects.toThrow(RangeError)
})

test('waits end in their order, and what follows from one happens before the next', async () => {
  const clock = new ManualClock(0)
  const seen: string[] = []
  const note = (what: string): void => void seen.push(`${clock.now()} ${what}`)
  const chain = async (): Promise<void> => {
    for (let count = 1; count <= 3; count += 1) {
      await clock.wait(10, { signal })
      // Some turns of promises later it still is before the next wait.
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
      note(`chain ${count}`)
    }
  }
  const all = Promise.all([
    clock.wait(20, { signal }).then(() => note('second')),
    clock.wait(15, { signal }).then(() => note('first')),
    clock.wait(20, { signal }).then(() => note('third')),
    chain(),
    clock.wait(31, { signal }).then(() => note('later')),
  ])
  await clock.advance(30)
  expect(seen).toEqual(['10 chain 1', '15 first', '20 second', '20 third', '20 chain 2', '30 chain 3'])
  expect(clock).toMatchObject({ waiting: 1 })
  await clock.advance(1)
  await all
  expect(seen.at(-1)).toBe('31 later')
  expect(clock.waiting).toBe(0)
})

test('calls of advance follow one another', async () => {
  const clock = new ManualClock(0)
  const ends: number[] = []
  void clock.wait(15, { signal }).then(() => ends.push(clock.now()))
  await Promise.all([clock.advance(10), clock.advance(10)])
  expect(clock.now()).toBe(20)
  expect(ends).toEqual([15])
})

test('a wait ends at once for nothing, and with the reason of its signal', async () => {
  const reason = new Error('enough')
  for (const clock of [new ManualClock(), new ScaledClock(1000)]) {
    await clock.wait(0, { signal })
    await clock.wait(-5, { signal })
    const ending = new AbortController()
    const waiting = clock.wait(Infinity, { signal: ending.signal })
    ending.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(clock.wait(1, { signal: ending.signal })).rejects.toBe(reason)
    await expect(clock.wait(NaN, { signal })).rejects.toThrow(RangeError)
  }
})

test('a manual clock wakes everybody once, at the time that he asked for', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 8 }),
      async (waits, steps) => {
        const clock = new ManualClock(0)
        const woken: [number, number][] = []
        for (const ms of waits) void clock.wait(ms, { signal }).then(() => woken.push([ms, clock.now()]))
        for (const ms of steps) await clock.advance(ms)
        const end = steps.reduce((sum, ms) => sum + ms, 0)
        const due = waits.filter((ms) => ms <= end).toSorted((left, right) => left - right)
        expect(woken).toEqual(due.map((ms) => [ms, ms]))
      },
    ),
    { numRuns: 60 },
  )
})

test('a scaled clock is faster, and never wakes early', async () => {
  const clock = new ScaledClock(1000)
  const [began, real] = [clock.now(), performance.now()]
  await clock.wait(60_000, { signal })
  expect(performance.now() - real).toBeGreaterThanOrEqual(59)
  expect(performance.now() - real).toBeLessThan(20_000)
  expect(clock.now() - began).toBeGreaterThanOrEqual(60_000 - 1)
})

test('a wait of months does not end at once', async () => {
  const clock = new ScaledClock(1)
  const ending = new AbortController()
  let woke = false
  const waiting = clock.wait(90 * 86_400_000, { signal: ending.signal }).then(() => (woke = true))
  await new ScaledClock(1).wait(20, { signal })
  expect(woke).toBe(false)
  ending.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('with a scale of 1 it is the machine that says the time', () => {
  expect(Math.abs(new ScaledClock().now() - Date.now())).toBeLessThan(1000)
  for (const scale of [0, -1, NaN, 10_001]) expect(() => new ScaledClock(scale)).toThrow('the scale of time is')
})
