import fc from 'fast-check'
import { expect, test } from 'vitest'

import { checkReport } from '../../src/launch/launch-report.ts'
import { PHASES } from '../../src/operator/phases.ts'

test.each([
  [{ type: 'log', text: 'x' }, "{ type: 'log', line }"],
  [{ type: 'log', line: 5 }, "{ type: 'log', line }"],
  [{ type: 'warning' }, "{ type: 'warning', message }"],
  [{ type: 'handle' }, "{ type: 'handle', handle, consoleUrl? }"],
  [{ type: 'handle', handle: { id: '1' }, consoleUrl: 5 }, "{ type: 'handle', handle, consoleUrl? }"],
  [{ type: 'observed', observation: 'running' }, "{ type: 'observed', observation: { phase, at, phases? } }"],
  [{ type: 'observed', observation: { phase: 'running', at: 'soon' } }, 'ISO 8601'],
  [{ type: 'observed', observation: { phase: 'dancing', at: '2026-01-01T00:00:00Z' } }, 'queued, provisioning'],
  [{ type: 'logs', line: 'x' }, 'There are observed, handle, log, warning'],
])('%j is a line of the log, with the right shape as a warning', (event, words) => {
  const { report, warning } = checkReport(event)
  expect(report).toEqual({ type: 'log', line: JSON.stringify(event) })
  expect(warning).toContain(words)
})

test('a right report stays as it is, and words of its own are shown without a warning', () => {
  const at = '2026-01-01T00:00:00Z'
  const observation = { phase: 'running', at, phases: [{ phase: 'queued', at }], providerState: 'Up', exitCode: 1 }
  for (const event of [
    { type: 'observed', observation },
    { type: 'handle', handle: { id: '1', deep: { list: [1] } }, consoleUrl: 'https://x' },
    { type: 'log', line: '' },
    { type: 'warning', message: 'oh' },
  ]) {
    expect(checkReport(event)).toEqual({ report: event })
  }
  expect(checkReport({ colour: 'blue' })).toEqual({ report: { type: 'log', line: '{"colour":"blue"}' } })
})

test('what is no JSON, or throws when it is looked at, is shown all the same', () => {
  const cycle: Record<string, unknown> = { type: 'handle' }
  cycle['handle'] = cycle
  const trap = (): never => {
    throw new Error('no')
  }
  const proxy = new Proxy({}, { get: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap })
  const getter = Object.defineProperty({ type: 'log' }, 'line', { get: trap, enumerable: true })
  for (const event of [cycle, proxy, getter, { type: 'log', line: 5n }, undefined, null, Symbol('s'), () => 1, [1]]) {
    const { report, warning } = checkReport(event)
    expect(report).toMatchObject({ type: 'log', line: expect.any(String) })
    expect(warning).toContain('no report')
  }
  expect(checkReport('a text').report).toEqual({ type: 'log', line: 'a text' })
})

test('whatever is reported, what comes of it is a report of JSON that a view can show', () => {
  const type = fc.oneof(fc.constantFrom('observed', 'handle', 'log', 'warning'), fc.anything())
  const observation = fc.oneof(
    fc.anything(),
    fc.record({ phase: fc.oneof(fc.constantFrom(...PHASES), fc.anything()), at: fc.anything(), phases: fc.anything() }),
  )
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
  const misshaped = fc.record(
    { type, observation, line: anything, message: anything, handle: anything, consoleUrl: anything },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(anything, misshaped), (event) => {
      const { report } = checkReport(event)
      expect(JSON.parse(JSON.stringify(report))).toEqual(report)
      if (report.type === 'log') expect(report.line.replace('x', '')).toBeTypeOf('string')
      if (report.type === 'warning') expect(report.message).toBeTypeOf('string')
      if (report.type === 'handle')
        expect(Array.isArray(report.handle) || typeof report.handle !== 'object').toBe(false)
      if (report.type === 'observed') {
        const { phase, at, phases = [] } = report.observation
        for (const entered of [{ phase, at }, ...phases]) {
          expect(PHASES).toContain(entered.phase)
          expect(Date.parse(entered.at)).not.toBeNaN()
        }
      }
    }),
    { numRuns: 500 },
  )
})
