import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  placeAfter,
  readLogCursor,
  withoutToken,
  writeLogCursor,
  type LogEvent,
  type StreamPlace,
} from '../../src/operator/log-cursor.ts'

/** A stream that gives pages by token or by time, as CloudWatch does. */
function page(
  events: readonly LogEvent[],
  { token, since }: StreamPlace,
  size: number,
): readonly [readonly LogEvent[], string] {
  const from = token === undefined ? events.findIndex(({ timestamp }) => timestamp >= (since ?? 0)) : Number(token)
  const start = from === -1 ? events.length : from
  return [events.slice(start, start + size), String(Math.min(start + size, events.length))]
}

describe('the cursor of a log', () => {
  it('is one text, and none is a beginning', () => {
    const places = new Map<string, StreamPlace>([
      ['job/algo-1-1', { token: 'f/1', since: 3, seen: 2 }],
      ['job/algo-2-1', {}],
    ])
    expect(readLogCursor(writeLogCursor(places))).toEqual(places)
    expect(readLogCursor(undefined).size + readLogCursor('').size).toBe(0)
  })

  it('counts the pages without anything new that came last', () => {
    const event = { timestamp: 1, message: 'x' }
    const first = placeAfter({}, [], 'a').place
    const second = placeAfter(withoutToken(first), [], 'b').place
    expect([first.empty, second.empty]).toEqual([1, 2])
    expect(placeAfter(second, [event], 'c').place.empty).toBeUndefined()
  })

  // dagster #31226: lines came twice; others lost them.
  it('loses and repeats nothing, also where its tokens are refused now and then', () => {
    const streams = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 })
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 7 }), fc.infiniteStream(fc.boolean()), (gaps, size, refusals) => {
        let timestamp = 0
        const events = gaps.map((gap, n): LogEvent => {
          timestamp += gap === 3 ? 1 : 0
          return { timestamp, message: String(n) }
        })
        const got: string[] = []
        let place: StreamPlace = {}
        for (let n = 0; n < 400; n += 1) {
          // A refusal at the end of each page would never let a slow reader past one time.
          if (place.skip === undefined && refusals.next().value === true) place = withoutToken(place)
          const [given, next] = page(events, place, size)
          const after = placeAfter(place, given, next)
          got.push(...after.fresh.map(({ message }) => message))
          place = JSON.parse(JSON.stringify(after.place)) as StreamPlace
        }
        expect(got).toEqual(events.map(({ message }) => message))
      }),
      { numRuns: 100 },
    )
  })
})
