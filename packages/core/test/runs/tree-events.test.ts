import { expect, test } from 'vitest'

import type { RunRecord } from '../../src/journal/run-record.ts'
import { eventsOf } from '../../src/runs/tree-events.ts'

const local = { type: 'step_operator', flavor: 'local', config: {} } as const
const record: RunRecord = {
  version: 1,
  runId: 'r',
  pipeline: 'train',
  stack: {
    name: 'default',
    artifactStore: { type: 'artifact_store', flavor: 'local', config: {} },
    stepOperators: { '*': local, gpu: { ...local, flavor: 'cloud' } },
  },
  journalId: 'j',
  salt: 'salt',
  inputDigest: 'digest',
  startedAt: '2026-01-01T00:00:00.000Z',
}

test.each([
  ['*', 'local'],
  ['gpu', 'gpu'],
])('the operator %s is told as %s', (operator, told) => {
  const key = { runId: 'r', stepRunId: 's', attempt: 1 }
  const events = eventsOf(
    { record, launchers: [], ends: [], attempts: [] },
    [{ key, stepName: 'fit', operator, inProcess: false, creates: [] }],
    { storeUri: 'file:///store', projectFolder: '' },
  )
  expect(events).toMatchObject([{ type: 'step.started', operator: told }, { type: 'attempt.started' }])
})
