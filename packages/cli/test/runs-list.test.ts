import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { runsTable } from '../src/view/runs-list.ts'
import { plain } from '../src/view/style.ts'
import { ageOf, ago, localTime } from '../src/view/when.ts'
import { at, clock } from './helpers/events.ts'
import { owner, runSummary } from './helpers/summaries.ts'

const options = { style: plain, now: clock(180_000) }

test('lists each run with its state, and the launcher of one that has not ended', () => {
  const silent = { ...owner, state: 'silent', lastHeardAt: at(60_000) } as const
  expect(
    runsTable(
      [
        runSummary({ runId: 'r4', state: 'running', owner }),
        runSummary({ runId: 'r3', state: 'interrupted', owner: { ...owner, state: 'gone' } }),
        runSummary({ runId: 'r2', state: 'silent', owner: silent }),
        runSummary({ runId: 'r1', state: 'failed', durationMs: 4_200 }),
      ],
      options,
    ),
  ).toEqual([
    'run  pipeline  stack    state        started  time  launcher',
    'r4   penguins  default  running      3m ago         pid 4700 on machine',
    'r3   penguins  default  interrupted  3m ago         pid 4700 on machine, gone',
    'r2   penguins  default  silent       3m ago         pid 4700 on machine, silent, heard of 2m ago',
    'r1   penguins  default  failed       3m ago   4.2s',
  ])
})

test('lets no escape of a name through', () => {
  const text = runsTable([runSummary({ pipeline: '\u001B[2Jevil', stack: '\u001B]0;x\u0007s' })], options).join('\n')
  expect(text).toContain('evil')
  expect(stripVTControlCharacters(text)).toBe(text)
})

test.each([
  [400, 'just now'],
  [12_900, '12s ago'],
  [60_000, '1m ago'],
  [7_300_000, '2h ago'],
  [200_000_000, '2d ago'],
])('%d ms are %s', (passed, expected) => {
  expect(ago(at(0), clock(passed))).toBe(expected)
})

test('a clock that went back makes nothing negative', () => {
  expect([ago(at(5_000), clock(0)), ageOf(at(5_000), clock(0))]).toEqual(['just now', '0s'])
})

test('a moment is told by the clock of this machine', () => {
  expect(localTime(at(0))).toMatch(/^2026-11-2[012] \d\d:00:00$|^2026-11-2[012] \d\d:[134][05]:00$/)
})
