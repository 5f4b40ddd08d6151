import { EventEmitter } from 'node:events'

import { expect, test } from 'vitest'

import { persist } from '../../src/artifact/persist.ts'
import { listenForStop, type Stop } from '../../src/entrypoint/stop.ts'
import { SidestepError } from '../../src/errors.ts'
import { FakeClock } from '../support/fake-clock.ts'

const MINUTE = 60_000

interface Scene {
  readonly clock: FakeClock
  readonly source: EventEmitter
  readonly stop: Stop
  /** Calls a store that is away until the given time, or for ever. */
  call(awayUntil?: number): { state: string; tries: number }
}

function scene(): Scene {
  const clock = new FakeClock()
  const source = new EventEmitter()
  const stop = listenForStop(() => ({ graceMs: 5_000, patienceMs: 15 * MINUTE }), { clock, source })
  const call: Scene['call'] = (awayUntil = Number.POSITIVE_INFINITY) => {
    const seen = { state: 'waiting', tries: 0 }
    const store = async (): Promise<void> => {
      seen.tries += 1
      if (clock.now() < awayUntil) throw new SidestepError('away', { code: 'STORE_FAILED', kind: 'infra' })
    }
    persist(store, { ...stop, clock }).then(
      () => (seen.state = 'answered'),
      (error: unknown) => (seen.state = SidestepError.isInstance(error) ? error.code : 'something else'),
    )
    return seen
  }
  return { clock, source, stop, call }
}

test('a store that stays away is given up when the patience is over', async () => {
  const { clock, call } = scene()
  const seen = call()
  await clock.advance(15 * MINUTE - 1)
  expect(seen.state).toBe('waiting')
  await clock.advance(1)
  expect(seen.state).toBe('STORE_FAILED')
})

test('each call that fails has the whole patience', async () => {
  const { clock, call } = scene()
  const first = call(10 * MINUTE)
  await clock.advance(11 * MINUTE)
  expect(first.state).toBe('answered')
  const second = call(21 * MINUTE)
  await clock.advance(11 * MINUTE)
  expect(second.state).toBe('answered')
})

test('a signal ends a wait at once, and leaves the grace', async () => {
  const { clock, source, call, stop } = scene()
  const seen = call()
  await clock.advance(10 * MINUTE)
  const before = seen.tries
  source.emit('SIGTERM')
  expect(stop.received).toBe('SIGTERM')
  await clock.advance(0)
  expect(seen.tries).toBe(before + 1)
  await clock.advance(4_999)
  expect(seen.state).toBe('waiting')
  expect(seen.tries).toBeGreaterThan(before + 2)
  await clock.advance(1)
  expect(seen.state).toBe('STORE_FAILED')
})

test('a store that comes back within the grace is still written to', async () => {
  const { clock, source, call } = scene()
  source.emit('SIGTERM')
  const seen = call(3_000)
  await clock.advance(4_000)
  expect(seen.state).toBe('answered')
})

test('a call that fails when the grace is over is not tried again', async () => {
  const { clock, source, call } = scene()
  source.emit('SIGTERM')
  await clock.advance(5_000)
  const seen = call()
  await clock.advance(0)
  expect(seen).toEqual({ state: 'STORE_FAILED', tries: 1 })
})
