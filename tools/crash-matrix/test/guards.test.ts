import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { FIGURES, type Figure } from '../src/finding.ts'
import type { OperatorJob } from '../src/operator-under-test.ts'
import { local } from '../src/flavors/local.ts'
import { totalOf } from '../src/report.ts'
import { runTrial } from '../src/run-trial.ts'
import type { Scenario } from '../src/scenario.ts'
import { FIND_LAG_MS } from '../src/project/cloud-service.ts'
import type { Trial } from '../src/trial.ts'
import { until } from '../src/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidestep-guards-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

/** The launcher dies when an attempt has two jobs; the next one goes on to the end. */
const twoJobs: Scenario = {
  name: 'two-jobs',
  summary: '',
  async run(trial) {
    await dieWithTwoJobs(trial)
    await trial.finish()
  },
}

/** As before, and the next one is told to cancel when it goes on with both attempts, and all jobs could be found. */
const twoJobsCancelled: Scenario = {
  name: 'two-jobs-cancelled',
  summary: '',
  async run(trial) {
    await dieWithTwoJobs(trial)
    const launcher = await trial.launch()
    // On a busy machine it is loaded for seconds, and hears no signal until then. What it has not come to when it is told
    // it ends in another way: that waits for a job that lives, for as long as it takes.
    const takenUp = (): number => launcher.points.filter((point) => point === '8.read-result:before').length
    await until('the next launcher goes on with both attempts', () => takenUp() >= 2)
    await until('all jobs show', () => trial.files.evidence().every(({ at }) => at + FIND_LAG_MS < now()))
    launcher.send('SIGINT')
    await trial.judge(await trial.endOf(launcher), { status: 'cancelled', code: 130 })
  },
}

async function dieWithTwoJobs(trial: Trial): Promise<void> {
  trial.prepare({}, ['left', 'right'])
  const launcher = await trial.launch()
  await until('two jobs of an attempt have come to user code, or to their end', () => haveTwoJobsBegun(trial))
  launcher.send('SIGKILL')
  await trial.died(launcher, 'two jobs')
}

/** By the clock of the evidence. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

async function haveTwoJobsBegun({ flavor, home, files }: Trial): Promise<boolean> {
  const ran = new Set(files.evidence().map(({ job }) => job))
  const jobs = await flavor.jobs(home)
  const byAttempt = Map.groupBy(jobs, ({ stepRunId, attempt }) => `${stepRunId}/${attempt}`)
  const begun = ({ name, alive }: OperatorJob): boolean => !alive || ran.has(name)
  return [...byAttempt.values()].some((same) => same.length > 1 && same.every(begun))
}

async function figuresOn(stack: string, scenario: Scenario = twoJobs): Promise<Readonly<Record<Figure, number>>> {
  const surroundings = {
    flavor: local,
    seed: stack,
    folder: join(folder, `${stack}-${scenario.name}`),
    keep: false,
    stack,
    signal: new AbortController().signal,
    // Only one that hangs comes to it.
    longestMs: 50_000,
  }
  const planned = { index: 0, scenario, dealt: { point: '6.handle:before' } } as const
  const report = await runTrial(planned, surroundings)
  return Object.fromEntries(
    Object.keys(FIGURES).map((figure) => [figure, totalOf([report], figure as Figure)]),
  ) as Record<Figure, number>
}

const NOTHING = { 'second-jobs': 0, 'left-running': 0, results: 0, 'log-lines': 0, faults: 0 }

test('with everything in place, a second create of a job that shows late does no harm', async () => {
  expect(await figuresOn('cloud')).toEqual(NOTHING)
}, 120_000)

test('without the owner object, two jobs run user code, and the matrix sees it', async () => {
  expect((await figuresOn('without-owner'))['second-jobs']).toBeGreaterThan(0)
}, 120_000)

test('without put-if-absent, two jobs run user code, and the matrix sees it', async () => {
  expect((await figuresOn('without-put-if-absent'))['second-jobs']).toBeGreaterThan(0)
}, 120_000)

test('without adoption, a job is left running, and the matrix sees it', async () => {
  expect((await figuresOn('without-adoption', twoJobsCancelled))['left-running']).toBeGreaterThan(0)
}, 120_000)

test('with adoption, it is not', async () => {
  expect(await figuresOn('cloud', twoJobsCancelled)).toEqual(NOTHING)
}, 120_000)
