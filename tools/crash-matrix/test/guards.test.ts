import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { local } from '../src/flavors/local.ts'
import { FIGURES, type Figure } from '../src/finding.ts'
import { totalOf } from '../src/report.ts'
import { runTrial } from '../src/run-trial.ts'
import type { Scenario } from '../src/scenario.ts'
import type { Trial } from '../src/trial.ts'
import { until } from '../src/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidestep-guards-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

/** A launcher dies when jobs were created and before it knows their handles; the next one goes on to the end. */
const dyingBeforeTheHandle: Scenario = {
  name: 'guards',
  summary: '',
  async run(trial) {
    trial.prepare({}, ['left', 'right'])
    await trial.die({ point: '6.handle:before', time: 1, act: 'SIGKILL' })
    const launcher = await trial.launch()
    await until('two jobs of an attempt have come to user code, or to their end', () => haveTwoJobsBegun(trial))
    trial.openGates()
    await trial.judge(await trial.endOf(launcher), { status: 'succeeded' })
  },
}

async function haveTwoJobsBegun({ flavor, home, files }: Trial): Promise<boolean> {
  const ran = new Set(files.evidence().map(({ job }) => job))
  const jobs = await flavor.jobs(home)
  const byAttempt = Map.groupBy(jobs, ({ stepRunId, attempt }) => `${stepRunId}/${attempt}`)
  return [...byAttempt.values()].some(
    (same) => same.length > 1 && same.every(({ name, alive }) => !alive || ran.has(name)),
  )
}

async function figuresOn(stack: string): Promise<Readonly<Record<Figure, number>>> {
  const surroundings = {
    flavor: local,
    seed: stack,
    folder: join(folder, stack),
    keep: false,
    stack,
    signal: new AbortController().signal,
    longestMs: 25_000,
  }
  const planned = { index: 0, scenario: dyingBeforeTheHandle, dealt: { point: '6.handle:before' } } as const
  const report = await runTrial(planned, surroundings)
  return Object.fromEntries(
    Object.keys(FIGURES).map((figure) => [figure, totalOf([report], figure as Figure)]),
  ) as Record<Figure, number>
}

const NOTHING = { 'second-jobs': 0, 'left-running': 0, results: 0, 'log-lines': 0, faults: 0 }

test('with everything in place, a second create of a job that shows late does no harm', async () => {
  expect(await figuresOn('late-cloud')).toEqual(NOTHING)
})

test('without the owner object, two jobs run user code, and the matrix sees it', async () => {
  expect((await figuresOn('without-owner'))['second-jobs']).toBeGreaterThan(0)
})

test('without put-if-absent, two jobs run user code, and the matrix sees it', async () => {
  expect((await figuresOn('without-put-if-absent'))['second-jobs']).toBeGreaterThan(0)
})

test('without adoption, a launcher never finds the job that has its attempt, and the matrix sees it', async () => {
  expect((await figuresOn('without-adoption')).faults).toBeGreaterThan(0)
})
