import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { openRuns, type LauncherRecord, type LaunchPoint } from '@sidestep/core'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { all } from '../support/all.ts'
import { killedAt, moveHome, startElsewhere } from '../support/elsewhere.ts'
import { temporaryHome } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { resumable, type Work } from './fixtures/resumable.ts'

let home: Awaited<ReturnType<typeof temporaryHome>>
let work: Work
let gate: string
beforeEach(async () => {
  home = await temporaryHome()
  gate = join(home.path, 'gate')
  work = { evidence: join(home.path, 'evidence'), gate }
})
afterEach(async () => home.remove())

async function expectNothingRuns(): Promise<void> {
  expect(await home.liveJobs()).toEqual([])
  await until('no process is left', async () => (await home.processes()).length === 0, 5_000)
}

/** A run in another process whose job waits for the gate. */
async function waitingElsewhere(): Promise<ReturnType<typeof startElsewhere>> {
  const child = startElsewhere('r', work)
  const started = async (): Promise<boolean> =>
    existsSync(work.evidence) && (await readFile(work.evidence, 'utf8')).includes('double')
  await until('the job runs', started)
  return child
}

const POINTS: readonly LaunchPoint[] = [
  '3.spec:before',
  '3.intent:after',
  '3.create-record:after',
  '4.submit:after',
  '6.handle:after',
  '7.observe:after',
]

test.each(POINTS)('a run whose launcher was killed at %s is cancelled with its job', async (point) => {
  await killedAt(point, 'r', work)
  await using runs = await openRuns()
  expect(await runs.cancel('r')).toMatchObject({ runId: 'r', state: 'cancelled' })
  await expectNothingRuns()
  expect(await runs.jobs()).toEqual([])
  expect(await runs.find('r')).toMatchObject({ state: 'cancelled' })
  const events = await all(runs.events('r'))
  expect(events.at(-1)).toMatchObject({ type: 'run.cancelled' })
  const ended = events.filter((event) => event.type === 'attempt.ended' || event.type === 'step.failed')
  expect(ended).toMatchObject(
    // Nothing of the attempt was kept yet: there is nothing to end.
    point === '3.spec:before'
      ? []
      : [
          { type: 'attempt.ended', stepName: 'double', attempt: 1, willRetry: false, error: { kind: 'stopped' } },
          { type: 'step.failed', stepName: 'double', error: { kind: 'stopped' } },
        ],
  )
  const { steps } = await runs.details('r')
  for (const { attempts } of steps) for (const attempt of attempts) expect(attempt.outcome).toBeDefined()
})

test('a run that was cancelled after its launcher had died is tried again from there', async () => {
  const child = await waitingElsewhere()
  child.kill('SIGKILL')
  await once(child, 'exit')
  await using runs = await openRuns()
  await runs.cancel('r')
  await writeFile(gate, '')
  const run = resumable.resume('r')
  expect(await run.result()).toBe(42)
  const { launchers, ends, state } = await runs.details('r')
  expect(state).toBe('succeeded')
  expect(launchers.map(({ n }) => n)).toEqual([1, 2, 3])
  expect(ends).toMatchObject([
    { n: 2, status: 'cancelled', spent: { [await stepRunOf('double')]: 1 } },
    { n: 3, status: 'succeeded' },
  ])
  expect((await readFile(work.evidence, 'utf8')).match(/\w+(?= )/g)).toEqual(['load', 'double', 'double', 'finish'])
})

async function stepRunOf(stepName: string): Promise<string> {
  await using runs = await openRuns()
  const { steps } = await runs.details('r')
  return steps.find((step) => step.stepName === stepName)?.stepRunId ?? ''
}

test('a launcher that lives is asked to end its run, and does', async () => {
  const child = await waitingElsewhere()
  await using runs = await openRuns()
  const told: string[] = []
  const ended = await runs.cancel('r', { onEvent: (text) => told.push(text) })
  expect(ended).toMatchObject({ state: 'cancelled' })
  expect(told).toEqual([expect.stringContaining(`asked launcher 1 (process ${child.pid}`)])
  await expectNothingRuns()
  if (child.exitCode === null) await once(child, 'exit')
  expect((await runs.details('r')).launchers).toHaveLength(1)
})

test('a launcher that dies while it is asked is replaced', async () => {
  const child = await waitingElsewhere()
  await using runs = await openRuns()
  child.kill('SIGSTOP')
  const ended = runs.cancel('r', {
    onEvent: (text) => {
      if (text.startsWith('asked')) child.kill('SIGKILL')
    },
  })
  expect(await ended).toMatchObject({ state: 'cancelled' })
  expect((await runs.details('r')).launchers).toHaveLength(2)
  await expectNothingRuns()
})

test('a launcher that gives no sign is left alone, unless it is to be replaced; it does nothing when it wakes up', async () => {
  const child = await waitingElsewhere()
  child.kill('SIGSTOP')
  const at = new Date(Date.now() - 10 * 60_000).toISOString()
  await writeFile(launcherFile('1.lease.json'), JSON.stringify({ at, beat: 7 }))
  await using runs = await openRuns()
  expect(await runs.list()).toMatchObject([{ state: 'silent', owner: { state: 'silent', lastHeardAt: at } }])
  await expect(runs.cancel('r')).rejects.toMatchObject({
    code: 'RUN_OWNED',
    message: expect.stringContaining(`process ${child.pid}`),
    hint: expect.stringContaining('--take-over'),
  })
  expect(await home.liveJobs()).toHaveLength(1)
  expect(await runs.cancel('r', { takeOver: true })).toMatchObject({ state: 'cancelled' })
  await expectNothingRuns()
  child.kill('SIGCONT')
  if (child.exitCode === null) await once(child, 'exit')
  expect(child.exitCode).toBe(1)
  const second = JSON.parse(await readFile(launcherFile('2.json'), 'utf8')) as LauncherRecord
  expect(second.process.pid).toBe(process.pid)
  expect((await runs.details('r')).ends).toMatchObject([{ n: 2, status: 'cancelled' }])
})

function launcherFile(name: string): string {
  return join(home.path, 'store', 'runs', 'r', 'launchers', name)
}

test('a job whose operator cannot be made again is named, and can still be ended by who has the operator', async () => {
  await killedAt('7.observe:after', 'r', work)
  const [token = ''] = await home.liveJobs()
  const original = process.env['SIDESTEP_HOME']
  const path = join(home.path, 'store', 'runs', 'r', 'run.json')
  const record = await readFile(path, 'utf8')
  const { stack, ...rest } = JSON.parse(record) as { readonly stack: { readonly stepOperators: object } }
  const stepOperators = { '*': { type: 'step_operator', flavor: 'lost', config: {} } }
  await writeFile(path, JSON.stringify({ ...rest, stack: { ...stack, stepOperators } }))
  await moveHome()
  await using runs = await openRuns()
  await runs.attach(`${pathToFileURL(join(home.path, 'store')).href}/runs/r`)
  await expect(runs.cancel('r')).rejects.toMatchObject({
    code: 'JOB_FAILED',
    message: expect.stringMatching(new RegExp(`attempt 1 of double \\(job ${token}\\): .*stepOperators\\.\\*`)),
  })
  expect(await runs.find('r')).toMatchObject({ state: 'interrupted' })
  expect(await runs.jobs()).toMatchObject([{ id: token, problem: expect.stringContaining('cannot be made again') }])
  expect(await home.liveJobs()).toEqual([token])
  await writeFile(path, record)
  process.env['SIDESTEP_HOME'] = original
  await using there = await openRuns()
  expect(await there.cancel('r')).toMatchObject({ state: 'cancelled' })
  await expectNothingRuns()
})

test('a run that has ended stays as it ended', async () => {
  await resumable.run({ evidence: work.evidence }, { runId: 'r' })
  await using runs = await openRuns()
  expect(await runs.cancel('r')).toMatchObject({ state: 'succeeded', result: 42 })
  expect((await runs.details('r')).ends).toHaveLength(1)
})
