import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { openRuns, systemClock, type Clock } from '@sidestep/core'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { all } from '../support/all.ts'
import { killedAt, startElsewhere } from '../support/elsewhere.ts'
import { temporaryHome } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { resumable, type Work } from './fixtures/resumable.ts'

/** Ten minutes from now: whatever was heard of a launcher or a job is long ago. */
const later: Clock = { ...systemClock, date: () => new Date(Date.now() + 10 * 60_000) }

let home: Awaited<ReturnType<typeof temporaryHome>>
let work: Work
let gate: string
beforeEach(async () => {
  home = await temporaryHome()
  gate = join(home.path, 'gate')
  work = { evidence: join(home.path, 'evidence'), gate }
})
afterEach(async () => home.remove())

async function jobRuns(): Promise<void> {
  const started = async (): Promise<boolean> =>
    existsSync(work.evidence) && (await readFile(work.evidence, 'utf8')).includes('double')
  await until('the job runs', started)
}

test('a job without an outcome is listed as its provider sees it, and its log is there', async () => {
  await killedAt('7.observe:after', 'r', { ...work, greeting: 'hello' })
  await jobRuns()
  const [token = ''] = await readdir(join(home.path, 'jobs'))
  await using runs = await openRuns()
  const [job] = await runs.jobs({ runId: 'r' })
  expect(job).toMatchObject({
    id: token,
    runId: 'r',
    stepName: 'double',
    attempt: 1,
    flavor: 'local',
    phase: 'running',
  })
  expect(await runs.jobs({ runId: 'another' })).toEqual([])
  const following = all(runs.jobLogs(token.slice(0, 6), { follow: true }))
  await writeFile(gate, '')
  expect(await following).toMatchObject([{ n: 1, stream: 'stdout', text: 'hello' }])
  expect(await runs.jobs()).toEqual([])
  await resumable.resume('r').result()
  expect(await runs.jobs()).toEqual([])
})

test('a job whose create has no known answer is listed, too', async () => {
  await killedAt('4.submit:after', 'r', work)
  await using runs = await openRuns()
  const [token] = await readdir(join(home.path, 'jobs'))
  expect(await runs.jobs()).toMatchObject([{ id: token, stepName: 'double' }])
  await runs.cancel('r')
})

test('a job is nobody’s when its launcher is gone and it has long been silent, and only then', async () => {
  await killedAt('7.observe:after', 'r', work)
  await jobRuns()
  await using now = await openRuns()
  expect(await now.jobs({ orphans: true })).toEqual([])
  await using runs = await openRuns({ clock: later })
  const orphans = await runs.jobs({ orphans: true })
  expect(orphans).toMatchObject([
    {
      runId: 'r',
      stepName: 'double',
      operator: 'local',
      phase: 'running',
      orphan: {
        because: expect.stringMatching(/^launcher 1 of its run .* is gone, and its last sign of life was at /),
      },
    },
  ])
  expect(await runs.cancelJob(orphans[0]?.id ?? '')).toMatchObject({ phase: 'stopped' })
  expect(await home.liveJobs()).toEqual([])
  expect(await runs.jobs({ orphans: true })).toEqual([])
})

test('a job is not nobody’s while its launcher gives signs', async () => {
  const child = startElsewhere('r', work)
  await jobRuns()
  await using runs = await openRuns({ clock: later })
  expect(await runs.jobs({ orphans: true })).toMatchObject([
    { orphan: { because: expect.stringMatching(/^launcher 1 of its run .* was last heard of at /) } },
  ])
  const lease = join(home.path, 'store', 'runs', 'r', 'launchers', '1.lease.json')
  await writeFile(lease, JSON.stringify({ at: later.date().toISOString(), beat: 2 }))
  expect(await runs.jobs({ orphans: true })).toEqual([])
  await writeFile(gate, '')
  await once(child, 'exit')
})

test('an orphan is ended only while it is one', async () => {
  await killedAt('7.observe:after', 'r', work)
  await jobRuns()
  await using runs = await openRuns({ clock: later })
  const [orphan] = await runs.jobs({ orphans: true })
  if (orphan === undefined) throw new Error('there is no orphan')
  await expect(runs.reapJob({ ...orphan })).rejects.toMatchObject({ code: 'JOB_UNKNOWN' })
  const stepRun = join(home.path, 'store', 'runs', 'r', orphan.stepRunId, '1')
  const beats = (await readdir(stepRun, { recursive: true })).filter((name) => name.endsWith('heartbeat'))
  const [beat = ''] = beats
  expect(beats).toHaveLength(1)
  const before = await readFile(join(stepRun, beat), 'utf8')
  await writeFile(join(stepRun, beat), JSON.stringify({ at: later.date().toISOString() }))
  await expect(runs.reapJob(orphan)).rejects.toMatchObject({
    code: 'RUN_OWNED',
    message: expect.stringContaining('is no orphan any more'),
  })
  expect(await home.liveJobs()).toEqual([orphan.id])
  await writeFile(join(stepRun, beat), before)
  expect(await runs.reapJob(orphan)).toMatchObject({ id: orphan.id, phase: 'stopped' })
  expect(await home.liveJobs()).toEqual([])
})

test('a job that the journal forgot is found by its labels', async () => {
  await killedAt('7.observe:after', 'r', work)
  await jobRuns()
  for (const name of await readdir(home.path)) {
    if (name.startsWith('journal.db')) await rename(join(home.path, name), join(home.path, `lost.${name}`))
  }
  // Any run of the same stack tells where to look.
  await resumable.run({ evidence: join(home.path, 'other') }, { runId: 'other' })
  await using runs = await openRuns({ clock: later })
  const [orphan] = await runs.jobs({ orphans: true })
  expect(orphan).toMatchObject({ runId: 'r', attempt: 1, orphan: { because: expect.stringContaining('is gone') } })
  await runs.cancelJob(orphan?.id ?? '')
  expect(await home.liveJobs()).toEqual([])
})

test('a job that does not exist is refused, with where to look', async () => {
  await using runs = await openRuns()
  await expect(runs.cancelJob('nothing')).rejects.toMatchObject({
    code: 'JOB_UNKNOWN',
    hint: expect.stringContaining('sidestep jobs list'),
  })
  await expect(all(runs.jobLogs('nothing'))).rejects.toMatchObject({ code: 'JOB_UNKNOWN' })
})
