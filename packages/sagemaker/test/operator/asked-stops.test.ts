import type { Observation, Phase } from '@sidestep/core'
import { expect, it } from 'vitest'

import { AskedStops, STOP_AGAIN_MS } from '../../src/operator/asked-stops.ts'

function seen(phase: Phase, more: Partial<Observation> = {}): ReadonlyMap<string, Observation> {
  return new Map([['job', { phase, at: '2026-11-22T12:00:00.000Z', ...more }]])
}

it('a stop that does not show is asked for again after a minute, and not before', () => {
  const stops = new AskedStops()
  expect(stops.unheard(seen('running'), 0)).toEqual([])
  stops.asked('job', 0)
  expect(stops.unheard(seen('running'), STOP_AGAIN_MS - 1)).toEqual([])
  expect(stops.unheard(seen('running'), STOP_AGAIN_MS)).toEqual(['job'])
})

// A step may take two minutes to end.
it.each<[string, ReadonlyMap<string, Observation>]>([
  ['is being stopped', seen('stopping')],
  ['has ended', seen('succeeded')],
  ['is gone', seen('running', { gone: true })],
])('the stop of a job that %s is asked for no more', (_, observations) => {
  const stops = new AskedStops()
  stops.asked('job', 0)
  expect(stops.unheard(observations, STOP_AGAIN_MS)).toEqual([])
  expect(stops.unheard(seen('running'), 2 * STOP_AGAIN_MS)).toEqual([])
})
