import type { LauncherRecord, RunEnd, RunRecord } from '../../src/journal/run-record.ts'

export function runRecord(record: Partial<RunRecord> = {}): RunRecord {
  return {
    version: 1,
    runId: 'r1',
    pipeline: 'penguins',
    stack: {
      name: 'default',
      artifactStore: { type: 'artifact_store', flavor: 'local', config: { path: '/store' } },
      stepOperators: {},
    },
    journalId: '0123456789abcdef',
    salt: 'salt',
    inputDigest: 'digest',
    startedAt: '2026-01-01T00:00:00.000Z',
    ...record,
  }
}

export function launcherRecord(n: number): LauncherRecord {
  return {
    n,
    id: `launcher-${n}`,
    journalId: '0123456789abcdef',
    machine: { host: 'here' },
    process: { bootId: 'boot', pid: 1000 + n, startTime: '1' },
    at: '2026-01-01T00:00:01.000Z',
  }
}

export function runEnd(n: number, end: Partial<RunEnd> = {}): RunEnd {
  return { version: 1, n, status: 'succeeded', at: '2026-01-01T00:01:00.000Z', durationMs: 60_000, spent: {}, ...end }
}
