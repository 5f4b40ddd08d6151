import { expect, test } from 'vitest'

import type { JournalAttempt, JournalRun } from '../../src/journal/journal.ts'
import { operatorsOfRuns } from '../../src/runs/operators-of-runs.ts'
import type { ComponentDescription } from '../../src/stack/stack-description.ts'

const at = '2026-01-02T00:00:00.000Z'

/** A run on the engine of a host. */
function runOn(host: string, runId: string, { hasEnded = true } = {}): JournalRun {
  const source = { package: '@sidestep/local' }
  const artifactStore: ComponentDescription = { type: 'artifact_store', flavor: 'local', source, config: {} }
  const box: ComponentDescription = { type: 'step_operator', flavor: 'docker', source, config: { host } }
  return {
    record: {
      version: 1,
      runId,
      pipeline: 'train',
      stack: { name: 'boxed', artifactStore, stepOperators: { box } },
      journalId: 'journal',
      salt: 'salt',
      inputDigest: 'digest',
      startedAt: at,
    },
    storeUri: 'file:///store',
    fence: 1,
    ...(hasEnded ? { end: { version: 1, n: 1, status: 'failed', at, durationMs: 5, spent: {} } } : {}),
  }
}

function attemptOf(runId: string, more: Partial<JournalAttempt>): JournalAttempt {
  return { key: { runId, stepRunId: 'train-1', attempt: 1 }, operator: 'box', startedAt: at, creates: [], ...more }
}

const creates = [{ n: 1, nonce: 'nonce', deadline: at }]
const failed = { status: 'failed', kind: 'infra' } as const

test.each<[what: string, hasEnded: boolean, attempt: Partial<JournalAttempt>, open: readonly string[] | undefined]>([
  ['has ended and never asked for a job', true, { outcome: failed }, undefined],
  ['has not ended', false, {}, ['r1']],
  ['has ended, and its job too', true, { creates, outcome: failed }, []],
  ['has ended, and left its job as it was', true, { creates, outcome: { status: 'detached' } }, ['r1']],
  ['has ended, and what became of its job is not on record', true, { handle: { id: 'job' } }, ['r1']],
])('an operator whose only run %s', (_what, hasEnded, attempt, open) => {
  const found = operatorsOfRuns([runOn('unix:///nope', 'r1', { hasEnded })], [attemptOf('r1', attempt)])
  expect(found.map((operator) => operator.open.map(({ record }) => record.runId))).toEqual(
    open === undefined ? [] : [open],
  )
})

test('each operator is one, whichever runs had it', () => {
  const runs = [
    runOn('unix:///nope', 'r3'),
    runOn('unix:///here', 'r2', { hasEnded: false }),
    runOn('unix:///here', 'r1'),
  ]
  const found = operatorsOfRuns(runs, [attemptOf('r1', { creates, outcome: failed })])
  expect(found).toMatchObject([
    { name: 'box', described: { config: { host: 'unix:///here' } }, run: { record: { runId: 'r2' } } },
  ])
})
