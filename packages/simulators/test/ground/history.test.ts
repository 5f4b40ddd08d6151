import fc from 'fast-check'
import { expect, test } from 'vitest'

import { History } from '../../src/ground/history.ts'
import { ManualClock } from '../../src/ground/manual-clock.ts'
import { compareUtf8 } from '../../src/ground/utf8-order.ts'

const numerically = (left: number, right: number): number => left - right

const steps = fc.array(
  fc.record({
    pause: fc.constantFrom(0, 1, 10, 400_000),
    key: fc.constantFrom('a', 'ab', 'b', '\u{1f600}', '\uffff'),
    value: fc.option(fc.nat(), { nil: undefined }),
  }),
  { maxLength: 30 },
)

test('a list shows everything as it was at one time, and get what is', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.constantFrom(0, 5, 30),
      fc.constantFrom(0, 1, 20, 600_000),
      async (all, delay, stale) => {
        const clock = new ManualClock(0)
        const forgotten: number[] = []
        const history = new History<number>({ clock, listDelayMs: delay, onForget: (value) => forgotten.push(value) })
        const log: { at: number; key: string; value: number | undefined }[] = []
        const stateAt = (time: number): Map<string, number> => {
          const state = new Map<string, number>()
          for (const { at, key, value } of log) {
            if (at > time) continue
            if (value === undefined) state.delete(key)
            else state.set(key, value)
          }
          return state
        }
        for (const { pause, key, value } of all) {
          await clock.advance(pause)
          history.set(key, value)
          log.push({ at: clock.now(), key, value })
          const now = stateAt(clock.now())
          for (const one of ['a', 'ab', 'b', 'c']) expect(history.get(one)).toBe(now.get(one))
          for (const prefix of ['', 'a', '\uffff']) {
            const shown = stateAt(clock.now() - Math.max(delay, stale))
            const keys = [...shown.keys()].filter((one) => one.startsWith(prefix)).toSorted(compareUtf8)
            expect(history.list(prefix, { staleMs: stale })).toEqual(keys.map((one) => shown.get(one)))
          }
        }
        history.clear()
        expect(history.list()).toEqual([])
        const values = log.flatMap(({ value }) => value ?? [])
        expect(forgotten.toSorted(numerically)).toEqual(values.toSorted(numerically))
      },
    ),
    { numRuns: 60 },
  )
})

test('what no list shows any more is forgotten', async () => {
  const clock = new ManualClock()
  const forgotten: string[] = []
  const history = new History<string>({ clock, onForget: (value) => forgotten.push(value) })
  history.set('a', 'old')
  history.set('a', 'new')
  history.set('b', 'gone')
  history.set('b', undefined)
  await clock.advance(599_999)
  expect(history.list()).toEqual(['new'])
  expect(forgotten).toEqual([])
  await clock.advance(1)
  expect(history.list()).toEqual(['new'])
  expect(forgotten).toEqual(['old', 'gone'])
  expect(history.get('a')).toBe('new')
})

test('a clock that is set back hides nothing', () => {
  let now = 1000
  const history = new History<string>({ clock: { now: () => now, wait: async () => undefined } })
  history.set('a', 'first')
  now = 10
  history.set('a', 'second')
  expect(history.list()).toEqual(['second'])
  expect(() => new History({ clock: new ManualClock(), listDelayMs: -1 })).toThrow(RangeError)
})
