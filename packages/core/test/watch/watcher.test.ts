import { expect, test } from 'vitest'

import type { Observation } from '../../src/operator/phases.ts'
import { Watcher } from '../../src/watch/watcher.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'

interface Handle {
  readonly id: string
}

/** A service that answers from a table, and counts how often it is asked. */
class TableService {
  readonly pollIntervalMs = { min: 100, max: 1_000 }
  readonly table: Map<string, Observation> = new Map()
  readonly asked: string[][] = []
  failures = 0

  observe = async (handles: readonly Handle[]): Promise<ReadonlyMap<string, Observation>> => {
    this.asked.push(handles.map(({ id }) => id))
    if (this.failures > 0) {
      this.failures -= 1
      throw new Error('throttled')
    }
    return new Map([...this.table].filter(([id]) => handles.some((handle) => handle.id === id)))
  }
}

function observation(phase: Observation['phase']): Observation {
  return { phase, at: '2026-01-01T00:00:00Z' }
}

function watch(service: TableService, clock: FakeClock, ids: readonly string[]) {
  const watcher = new Watcher(service, { clock, random: () => 0 })
  const stop = new AbortController()
  const troubles: string[] = []
  const seen = new Map<string, string[]>(ids.map((id) => [id, []]))
  const done = ids.map(async (id) => {
    for await (const { phase } of watcher.watch(
      { id },
      { signal: stop.signal, onTrouble: (text) => troubles.push(text) },
    )) {
      seen.get(id)?.push(phase)
    }
  })
  return { watcher, stop, troubles, seen, done: Promise.allSettled(done) }
}

test('one call asks for all jobs that are due', async () => {
  const service = new TableService()
  const clock = new FakeClock()
  const ids = Array.from({ length: 1_000 }, (_, index) => `job-${index}`)
  for (const id of ids) service.table.set(id, observation('running'))
  const { stop, done } = watch(service, clock, ids)
  await clock.advance(10_000)
  const calls = service.asked.length
  expect(service.asked.at(-1)).toHaveLength(1_000)
  // 100 ms growing by 1.4 to 1 s: 13 calls in 10 s, whatever the number of jobs.
  expect(calls).toBeGreaterThan(8)
  expect(calls).toBeLessThan(18)
  stop.abort(new Error('enough'))
  await done
})

test('a watch ends with the terminal phase, and nobody is asked for any more', async () => {
  const service = new TableService()
  const clock = new FakeClock()
  service.table.set('a', observation('queued'))
  const { seen, done } = watch(service, clock, ['a'])
  await clock.advance(150)
  service.table.set('a', observation('succeeded'))
  await clock.advance(2_000)
  await done
  expect(seen.get('a')?.[0]).toBe('queued')
  expect(seen.get('a')?.at(-1)).toBe('succeeded')
  const calls = service.asked.length
  await clock.advance(60_000)
  expect(service.asked).toHaveLength(calls)
  expect(clock.sleepers).toBe(0)
})

test('a job that is absent from an answer is only not seen this time', async () => {
  const service = new TableService()
  const clock = new FakeClock()
  const { seen, stop, done } = watch(service, clock, ['a'])
  await clock.advance(5_000)
  expect(seen.get('a')).toEqual([])
  service.table.set('a', { ...observation('failed'), gone: true })
  await clock.advance(1_100)
  expect(seen.get('a')).toEqual(['failed'])
  stop.abort()
  await done
})

test('a job that answers about others leave out for minutes is told of, once', async () => {
  const service = new TableService()
  const clock = new FakeClock()
  service.table.set('a', observation('running'))
  const { troubles, stop, done } = watch(service, clock, ['a', 'b'])
  await clock.advance(4 * 60_000)
  expect(troubles).toEqual([])
  await clock.advance(10 * 60_000)
  expect(troubles).toEqual(['the provider has said nothing about the job for 5m 00s. It is asked for again.'])
  stop.abort()
  await done
})

test('a provider without an answer is asked again, with backoff, and the user is told once', async () => {
  const service = new TableService()
  const clock = new FakeClock()
  service.failures = 7
  service.table.set('a', observation('succeeded'))
  const { seen, troubles, done } = watch(service, clock, ['a'])
  await clock.advance(20_000)
  // 250 ms doubling: seven failures take 31 s.
  expect(seen.get('a')).toEqual([])
  await clock.advance(20_000)
  await done
  expect(seen.get('a')).toEqual(['succeeded'])
  expect(troubles).toHaveLength(1)
  expect(troubles[0]).toContain('throttled')
})

test('stopping rejects the watch with the reason, at once', async () => {
  const service = new TableService()
  const clock = new FakeClock()
  service.table.set('a', observation('running'))
  const { stop, done } = watch(service, clock, ['a'])
  await settle()
  stop.abort(new Error('enough'))
  const [end] = await done
  expect(end).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
})

test('hurry asks out of turn', async () => {
  const service = new TableService()
  const clock = new FakeClock()
  service.table.set('a', observation('running'))
  const { watcher, stop, done } = watch(service, clock, ['a'])
  await clock.advance(30_000)
  const calls = service.asked.length
  watcher.hurry({ id: 'a' })
  await settle()
  expect(service.asked).toHaveLength(calls + 1)
  stop.abort()
  await done
})

test('a job that comes while others are waited for is asked for at once', async () => {
  const service = new TableService()
  const clock = new FakeClock()
  service.table.set('a', observation('running'))
  service.table.set('b', observation('succeeded'))
  const { watcher, stop, done } = watch(service, clock, ['a'])
  await clock.advance(30_000)
  const late = watcher.watch({ id: 'b' }, { signal: stop.signal }).next()
  await settle()
  expect((await late).value).toMatchObject({ phase: 'succeeded' })
  stop.abort()
  await done
})

test('two that follow one job both hear of its end, and it is asked for once', async () => {
  const service = new TableService()
  const clock = new FakeClock()
  service.table.set('a', observation('running'))
  const watcher = new Watcher(service, { clock, random: () => 0 })
  const { signal } = new AbortController()
  const phasesOf = async (): Promise<readonly string[]> => {
    const phases: string[] = []
    for await (const { phase } of watcher.watch({ id: 'a' }, { signal })) phases.push(phase)
    return phases
  }
  const both = Promise.all([phasesOf(), phasesOf()])
  await clock.advance(1_000)
  service.table.set('a', observation('succeeded'))
  await clock.advance(2_000)
  for (const phases of await both) expect(phases.at(-1)).toBe('succeeded')
  expect(service.asked).toContainEqual(['a'])
  expect(service.asked).not.toContainEqual(['a', 'a'])
})
