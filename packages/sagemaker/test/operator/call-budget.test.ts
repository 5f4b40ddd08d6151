import type { Clock } from '@sidestep/core'
import { describe, expect, it } from 'vitest'

import { budgetOf, CallBudget, type Operation } from '../../src/operator/call-budget.ts'
import { WaitingClock } from '../support/waiting-clock.ts'

async function timesOf(budget: CallBudget, clock: Clock, count: number): Promise<readonly number[]> {
  const { signal } = new AbortController()
  const times: number[] = []
  for (let n = 0; n < count; n += 1) {
    await budget.take('ListTrainingJobs', signal)
    times.push(clock.now())
  }
  return times
}

// deepracer-on-aws #87: ListTrainingJobs has 2 requests a second in an account, which nobody can raise.
describe('the budget of calls', () => {
  it('never sends more lists in any second than the account has', async () => {
    const clock = new WaitingClock()
    const times = await timesOf(new CallBudget({ clock, random: () => 0 }), clock, 50)
    for (const [n, time] of times.entries()) expect((times[n + 2] ?? Infinity) - time).toBeGreaterThanOrEqual(1_000)
    expect(times.slice(0, 3)).toEqual([0, 625, 1_250])
  })

  // A call that waited for longer at random had the next one right behind it: two creates came within a second.
  it.each<[Operation, number]>([
    ['ListTrainingJobs', 2],
    ['CreateTrainingJob', 1],
  ])('sends no more %s than AWS takes in any second, however long each waits at random', async (operation, most) => {
    const clock = new WaitingClock()
    let n = 0
    const budget = new CallBudget({ clock, random: () => [0.99, 0, 0.5][(n += 1) % 3] ?? 0 })
    const { signal } = new AbortController()
    const times: number[] = []
    for (let call = 0; call < 50; call += 1) {
      await budget.take(operation, signal)
      times.push(clock.now())
    }
    const gaps = times.slice(most).map((time, index) => time - (times[index] ?? Infinity))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000)
  })

  it('does not save up what was not used', async () => {
    const clock = new WaitingClock()
    const budget = new CallBudget({ clock, random: () => 0 })
    await timesOf(budget, clock, 1)
    await clock.sleep(3_600_000)
    const times = await timesOf(budget, clock, 3)
    expect(times.map((time) => time - 3_600_000)).toEqual([0, 625, 1_250])
  })

  it('is one for all that call in an account and region', () => {
    const place = { account: '123456789012', region: 'eu-west-1' }
    expect(budgetOf({ ...place })).toBe(budgetOf(place))
    expect(budgetOf({ ...place, region: 'us-east-1' })).not.toBe(budgetOf(place))
  })

  it('waits by the clock of who asks for it, and not by that of whoever asked first', async () => {
    const place = { account: '123456789012', region: 'eu-central-1' }
    expect(budgetOf(place)).toBe(budgetOf({ ...place }))
    const clock = new WaitingClock()
    const budget = budgetOf({ ...place, clock })
    expect(budgetOf({ ...place, clock })).toBe(budget)
    const times = await timesOf(budget, clock, 3)
    expect(times[2]).toBeGreaterThanOrEqual(1_250)
  })

  it('sends nothing for a while that was refused, longer each time, and as long as AWS asks', async () => {
    const clock = new WaitingClock()
    const budget = new CallBudget({ clock, random: () => 0 })
    const { signal } = new AbortController()
    const waits: number[] = []
    for (const retryAfter of [0, 0, 0, 30_000]) {
      await budget.take('ListTrainingJobs', signal)
      const before = clock.now()
      budget.slowDown('ListTrainingJobs', retryAfter)
      await budget.take('ListTrainingJobs', signal)
      waits.push(clock.now() - before)
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 30_000])
    budget.answered('ListTrainingJobs')
    const before = clock.now()
    budget.slowDown('ListTrainingJobs')
    await budget.take('ListTrainingJobs', signal)
    expect(clock.now() - before).toBeLessThanOrEqual(2_000)
    // Other operations have their own.
    const now = clock.now()
    await budget.take('DescribeTrainingJob', signal)
    expect(clock.now()).toBe(now)
  })

  // Ten creates that were refused together kept all others waiting for a minute.
  it('takes refusals of calls that were sent together for one', async () => {
    const clock = new WaitingClock()
    const budget = new CallBudget({ clock, random: () => 0 })
    const { signal } = new AbortController()
    const waits: number[] = []
    for (const together of [10, 5]) {
      const before = clock.now()
      for (let n = 0; n < together; n += 1) budget.slowDown('DescribeTrainingJob')
      await budget.take('DescribeTrainingJob', signal)
      waits.push(clock.now() - before)
    }
    expect(waits).toEqual([1_000, 2_000])
  })

  it('sends again after a minute, however long AWS is said to ask', async () => {
    const clock = new WaitingClock()
    const budget = new CallBudget({ clock, random: () => 0 })
    budget.slowDown('ListTrainingJobs', 365 * 86_400_000)
    await budget.take('ListTrainingJobs', new AbortController().signal)
    expect(clock.now()).toBe(60_000)
  })

  // Those that had waited went all at once when the pause was over, and were refused again.
  it('goes on one call after another when a pause is over', async () => {
    const clock = new WaitingClock()
    const budget = new CallBudget({ clock, random: () => 0 })
    budget.slowDown('ListTrainingJobs')
    expect(await timesOf(budget, clock, 4)).toEqual([1_000, 1_625, 2_250, 2_875])
  })

  it('does not let those that wait come back at one time', async () => {
    const clock = new WaitingClock()
    const values = [0, 0.5, 0.9]
    const ends = await Promise.all(
      values.map(async (value) => {
        const own = new WaitingClock()
        const budget = new CallBudget({ clock: own, random: () => value })
        budget.slowDown('ListTrainingJobs')
        await budget.take('ListTrainingJobs', new AbortController().signal)
        return own.now()
      }),
    )
    expect(new Set(ends).size).toBe(values.length)
    expect(clock.now()).toBe(0)
  })

  it('gives the turns of those who have left to those who come after them', async () => {
    const clock = new WaitingClock()
    const budget = new CallBudget({ clock, random: () => 0 })
    const left = new AbortController()
    const stays = new AbortController().signal
    const first = budget.take('ListTrainingJobs', stays)
    const leaving = Array.from({ length: 100 }, async () => budget.take('ListTrainingJobs', left.signal))
    const last = budget.take('ListTrainingJobs', stays)
    left.abort(new Error('left'))
    const ends = await Promise.allSettled(leaving)
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['rejected']))
    await first
    await last
    expect(clock.now()).toBe(625)
  })

  it('lets those who wait go in the order in which they came', async () => {
    const clock = new WaitingClock()
    const budget = new CallBudget({ clock, random: () => 0 })
    const order: string[] = []
    const { signal } = new AbortController()
    await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (name) => {
        await budget.take('ListTrainingJobs', signal)
        order.push(`${name} ${clock.now()}`)
      }),
    )
    expect(order).toEqual(['a 0', 'b 625', 'c 1250', 'd 1875'])
  })

  // Of a thousand creates, those that were throttled waited behind all others, until their time was over.
  it('lets those go first that were refused', async () => {
    const clock = new WaitingClock()
    const budget = new CallBudget({ clock, random: () => 0 })
    const { signal } = new AbortController()
    const order: string[] = []
    const take = async (name: string, isRefused = false): Promise<void> => {
      await budget.take('CreateTrainingJob', signal, { isRefused })
      order.push(name)
    }
    await take('a')
    await Promise.all([take('b'), take('c'), take('d'), take('a again', true), take('b again', true)])
    expect(order).toEqual(['a', 'b', 'a again', 'b again', 'c', 'd'])
  })

  it('lets nobody wait who has left', async () => {
    const clock = new WaitingClock()
    const budget = new CallBudget({ clock, random: () => 0 })
    await timesOf(budget, clock, 2)
    const left = new AbortController()
    const waiting = budget.take('ListTrainingJobs', left.signal)
    left.abort(new Error('left'))
    await expect(waiting).rejects.toThrow('left')
  })
})
