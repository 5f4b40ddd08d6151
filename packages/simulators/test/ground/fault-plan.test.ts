import fc from 'fast-check'
import { expect, test } from 'vitest'

import { FaultPlan } from '../../src/ground/fault-plan.ts'
import { UnmetFaultsError, type Fault } from '../../src/ground/faults.ts'

const put = { operation: 's3.PutObject', path: '/bucket/key?x=1' }

function planOf(...faults: Fault[]): FaultPlan {
  const plan = new FaultPlan('a seed')
  plan.add(...faults)
  return plan
}

function kinds(plan: FaultPlan, call = put): readonly string[] {
  return plan.take(call).map(({ kind }) => kind)
}

test('a fault meets as many calls as asked, and then no more', () => {
  const plan = planOf({ operation: 's3.PutObject', kind: 'throttle', times: 2, after: 1 })
  expect([kinds(plan), kinds(plan), kinds(plan), kinds(plan)]).toEqual([[], ['throttle'], ['throttle'], []])
  expect(plan.unmet).toEqual([])
})

test('it meets calls of its operation and path only', () => {
  const plan = planOf(
    { operation: 's3.*', kind: 'slow', path: /key\?x=1$/gy, times: 3 },
    { operation: 's3.GetObject', kind: 'clock-off' },
    { operation: 'gcs.*', kind: 'slow' },
  )
  expect(kinds(plan, { ...put, path: '/bucket/other' })).toEqual([])
  // An expression that remembers where it was is asked anew each time.
  expect([kinds(plan), kinds(plan), kinds(plan), kinds(plan)]).toEqual([['slow'], ['slow'], ['slow'], []])
  expect(kinds(plan, { ...put, operation: 's3.GetObject' })).toEqual(['clock-off'])
})

test('a call meets one fault that is answered instead of it, and any that come beside', () => {
  const plan = planOf(
    { operation: 's3.*', kind: 'throttle' },
    { operation: 's3.*', kind: 'slow' },
    { operation: 's3.PutObject', kind: 'reset-before' },
    { operation: 's3.*', kind: 'slow' },
  )
  expect([kinds(plan), kinds(plan), kinds(plan)]).toEqual([['throttle', 'slow', 'slow'], ['reset-before'], []])
})

test('faults of jobs wait for a job', () => {
  const plan = planOf({ operation: 's3.*', kind: 'oom' }, { operation: 's3.*', kind: 'throttle' })
  expect(kinds(plan)).toEqual(['throttle'])
  expect(plan.takeForJob(put).map(({ kind }) => kind)).toEqual(['oom'])
  expect(plan.takeForJob(put)).toEqual([])
})

test('one that had no occasion to act is left', () => {
  const fault: Fault = { operation: 's3.*', kind: 'stale-list' }
  const plan = planOf(fault)
  expect(kinds(plan)).toEqual(['stale-list'])
  plan.giveBack(fault)
  expect(plan.unmet).toEqual([{ fault, happened: 0 }])
  expect([kinds(plan), kinds(plan)]).toEqual([['stale-list'], []])
})

test('what is left is named, with how often it happened', () => {
  const plan = planOf(
    { operation: 's3.PutObject', kind: 'throttle', times: 3, path: /key/, probability: 0.5 },
    { operation: 's3.GetObject', kind: 'slow', times: Infinity, after: 2 },
    { operation: 's3.PutObject', kind: 'slow', times: Infinity },
  )
  while (plan.take(put).length < 2);
  expect(String(new UnmetFaultsError(plan.unmet))).toBe(
    'UnmetFaultsError: Faults were asked for and did not happen so often. Either no call of this name came, or the fault had no ' +
      'occasion to act; clear those that may be left:\n' +
      '  throttle of s3.PutObject (path /key/, probability 0.5): happened 1 of 3 times\n' +
      '  slow of s3.GetObject (after 2): happened 0 of any number of times, at least 1',
  )
  plan.clear()
  expect(plan.unmet).toEqual([])
})

test.each<[Partial<Record<keyof Fault, unknown>>, string]>([
  [{ operation: 'PutObject' }, 'cannot have this operation'],
  [{ kind: 'fire' }, 'cannot have this kind'],
  [{ delay: 5 } as object, 'a fault has no delay: it has operation, kind, times'],
  [{ times: 0 }, 'times 0'],
  [{ times: 1.5 }, 'times 1.5'],
  [{ probability: 0 }, 'probability 0'],
  [{ probability: 1.1 }, 'probability 1.1'],
  [{ probability: NaN }, 'probability NaN'],
  [{ after: -1 }, 'after -1'],
  [{ delayMs: -1 }, 'delayMs -1'],
  [{ delayMs: Infinity }, 'delayMs Infinity'],
  [{ kind: 'stale-list', delayMs: 600_001 }, 'delayMs 600001'],
])('refuses %o, and adds none then', (part, message) => {
  const plan = new FaultPlan('x')
  const good: Fault = { operation: 's3.*', kind: 'slow' }
  expect(() => plan.add(good, { ...good, ...part } as Fault)).toThrow(message)
  expect(kinds(plan)).toEqual([])
})

test('the clock of an answer may be behind', () => {
  expect(kinds(planOf({ operation: 's3.*', kind: 'clock-off', delayMs: -5000 }))).toEqual(['clock-off'])
})

test('the same seed makes the same choices, another one others', () => {
  const choices = (seed: string): string => {
    const plan = new FaultPlan(seed)
    plan.add({ operation: 's3.*', kind: 'slow', probability: 0.5, times: Infinity })
    return Array.from({ length: 64 }, () => kinds(plan).length).join('')
  }
  expect(choices('one')).toBe(choices('one'))
  expect(choices('one')).not.toBe(choices('two'))
})

test('what another fault meets changes no choice', () => {
  const choices = (...others: Fault[]): readonly number[] => {
    const plan = planOf({ operation: 's3.*', kind: 'slow', probability: 0.3, times: Infinity }, ...others)
    return Array.from({ length: 64 }, () => kinds(plan).filter((kind) => kind === 'slow').length)
  }
  expect(choices({ operation: 's3.*', kind: 'clock-off', probability: 0.5, times: 9 })).toEqual(choices())
})

test('a probability is what it says', () => {
  fc.assert(
    fc.property(fc.string(), fc.double({ min: 0.05, max: 0.95, noNaN: true }), (seed, probability) => {
      const plan = new FaultPlan(seed)
      plan.add({ operation: 's3.*', kind: 'slow', probability, times: Infinity })
      let met = 0
      for (let count = 0; count < 1000; count += 1) met += plan.take(put).length
      // Five standard deviations of at most 16.
      expect(Math.abs(met - 1000 * probability)).toBeLessThan(80)
    }),
    { numRuns: 20 },
  )
})
