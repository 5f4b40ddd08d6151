import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test, vi } from 'vitest'

import { Journal } from '../../src/journal/journal.ts'
import type { LauncherRecord, RunRecord } from '../../src/journal/run-record.ts'
import { thisMachine } from '../../src/machine.ts'
import { identifyProcess } from '../../src/process.ts'
import { openRuns } from '../../src/runs/open-runs.ts'

const RUNS = 1_000

async function homeOf(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'sidestep-listing-'))
  vi.stubEnv('SIDESTEP_HOME', home)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  })
  return home
}

function recordOf(runId: string, journalId: string): RunRecord {
  const nowhere = { type: 'artifact_store', flavor: 'nowhere', source: { file: 'nowhere.ts' }, config: {} } as const
  return {
    version: 1,
    runId,
    pipeline: 'train',
    stack: { name: 'lost', artifactStore: nowhere, stepOperators: { '*': { ...nowhere, type: 'step_operator' } } },
    journalId,
    salt: 'salt',
    inputDigest: 'digest',
    startedAt: new Date(Date.UTC(2026, 0, 1) + Number(runId.slice(1)) * 1_000).toISOString(),
  }
}

test('a thousand runs whose launchers ran here are listed although no store can be opened', async () => {
  const home = await homeOf()
  const journal = await Journal.open(home)
  // This process began later: under its pid there is another process now.
  const process = { ...identifyProcess(), startTime: 'before' }
  const at = '2026-01-02T00:00:00.000Z'
  for (let n = 1; n <= RUNS; n += 1) {
    const runId = `r${n}`
    const launcher: LauncherRecord = { n: 1, id: runId, machine: thisMachine(), process, journalId: journal.id, at }
    await journal.addRun({ record: recordOf(runId, journal.id), storeUri: 'nowhere://bucket' })
    const writer = await journal.launcher(runId, launcher)
    if (n % 2 === 0) await writer.end({ version: 1, n: 1, status: 'succeeded', at, durationMs: 5, spent: {} })
  }
  journal.close()
  await using runs = await openRuns()
  const listed = await runs.list()
  expect(listed).toHaveLength(RUNS)
  expect(listed.slice(0, 2)).toMatchObject([
    { runId: 'r1000', state: 'succeeded', endedAt: at },
    { runId: 'r999', state: 'interrupted', owner: { state: 'gone' } },
  ])
  expect(listed[0]).not.toHaveProperty('owner')
  expect(await runs.list({ unfinished: true, limit: 3 })).toHaveLength(3)
})

test('one whose launcher must be asked about is silent where its store cannot be opened, and says why', async () => {
  const home = await homeOf()
  const journal = await Journal.open(home)
  const machine = { host: 'another-machine' }
  const at = '2026-01-02T00:00:00.000Z'
  await journal.addRun({ record: recordOf('r1', journal.id), storeUri: 'nowhere://bucket' })
  await journal.launcher('r1', { n: 1, id: 'a', machine, process: identifyProcess(), journalId: 'other', at })
  journal.close()
  await using runs = await openRuns()
  expect(await runs.list()).toMatchObject([
    { state: 'silent', owner: { host: 'another-machine', problem: expect.stringContaining('lost.artifactStore') } },
  ])
})

test('looking for runs where there is no journal makes none', async () => {
  const home = await homeOf()
  await using runs = await openRuns()
  expect(await runs.list()).toEqual([])
  expect(await runs.jobs()).toEqual([])
  expect(await runs.jobs({ orphans: true })).toEqual([])
  const yet = {
    code: 'RUN_UNKNOWN',
    message: expect.stringContaining(`there is no run in ${home} yet`),
  }
  await expect(runs.find('last')).rejects.toMatchObject(yet)
  await expect(runs.details('r1')).rejects.toMatchObject(yet)
  await expect(runs.cancelJob('job')).rejects.toMatchObject({ code: 'JOB_UNKNOWN' })
  expect(await readdir(home)).toEqual([])
  // Somebody else begins a run meanwhile.
  const journal = await Journal.open(home)
  await journal.addRun({ record: recordOf('r1', journal.id), storeUri: 'nowhere://bucket' })
  journal.close()
  expect(await runs.list()).toMatchObject([{ runId: 'r1' }])
})

test('only find takes a part of an id, and names only ids that are like the one that does not exist', async () => {
  const home = await homeOf()
  const journal = await Journal.open(home)
  for (const runId of ['r1234567', 'r1999999']) {
    await journal.addRun({ record: recordOf(runId, journal.id), storeUri: 'nowhere://bucket' })
    const writer = await journal.launcher(runId, {
      n: 1,
      id: runId,
      machine: thisMachine(),
      process: identifyProcess(),
      journalId: journal.id,
      at: '2026-01-02T00:00:00.000Z',
    })
    const at = '2026-01-02T00:00:00.000Z'
    await writer.end({ version: 1, n: 1, status: 'succeeded', at, durationMs: 5, spent: {} })
  }
  journal.close()
  await using runs = await openRuns()
  expect(await runs.find('r12')).toMatchObject({ runId: 'r1234567' })
  for (const part of ['r12', 'last']) {
    await expect(runs.details(part)).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
    await expect(runs.cancel(part)).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
    await expect(runs.events(part)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
    await expect(runs.logs(part)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
  }
  await expect(runs.find('r1234568')).rejects.toMatchObject({ hint: expect.stringMatching(/nearest: r1234567\. /) })
  await expect(runs.find('elsewhere')).rejects.toMatchObject({ hint: expect.not.stringContaining('r1') })
})
