import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { openRuns, type RunEvent, type RunLogLine } from '@sidestep/core'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { all } from '../support/all.ts'
import { killedAt, startElsewhere } from '../support/elsewhere.ts'
import { temporaryHome } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { resumable, type Work } from './fixtures/resumable.ts'
import { talk } from './fixtures/talk.ts'

let home: Awaited<ReturnType<typeof temporaryHome>>
let work: Work
beforeEach(async () => {
  home = await temporaryHome()
  work = { evidence: join(home.path, 'evidence') }
})
afterEach(async () => home.remove())

test('a run that succeeded is listed with its result, and told with what its steps left', async () => {
  await resumable.run(work, { runId: 'first' })
  await using runs = await openRuns()
  const storeUri = pathToFileURL(join(home.path, 'store')).href
  expect(await runs.list()).toEqual([
    expect.objectContaining({
      runId: 'first',
      pipeline: 'resumable',
      stack: 'default',
      state: 'succeeded',
      result: 42,
      storeUri,
    }),
  ])
  const details = await runs.details('first')
  expect(details.launchers).toMatchObject([{ n: 1, process: { pid: process.pid } }])
  expect(details.ends).toMatchObject([{ n: 1, status: 'succeeded' }])
  expect(details.steps.map(({ stepName }) => stepName)).toEqual(['load', 'double', 'finish'])
  for (const { artifacts } of details.steps) {
    expect(artifacts).toEqual([
      expect.objectContaining({ name: 'value', size: 2, uri: expect.stringContaining(`${storeUri}/runs/first/`) }),
    ])
  }
})

test('what happened in a run is told again in its order, without log lines', async () => {
  const run = resumable.start(work, { runId: 'first' })
  const live: RunEvent[] = []
  for await (const event of run.events()) if (event.type !== 'log') live.push(event)
  await using runs = await openRuns()
  expect(await all(runs.events('first'))).toEqual(live)
})

test('runs that have ended are listed although their store is gone', async () => {
  await resumable.run(work, { runId: 'first' })
  await rm(join(home.path, 'store'), { recursive: true })
  await using runs = await openRuns()
  expect(await runs.list()).toMatchObject([{ runId: 'first', state: 'succeeded' }])
})

test('a run whose launcher was killed is interrupted, and says whose it was', async () => {
  await killedAt('7.observe:after', 'broken-off', { ...work, gate: join(home.path, 'gate') })
  await using runs = await openRuns()
  const [listed] = await runs.list({ unfinished: true })
  expect(listed).toMatchObject({ runId: 'broken-off', state: 'interrupted', owner: { n: 1, state: 'gone' } })
  const types = (await all(runs.events('broken-off'))).map(({ type }) => type)
  expect(types).toEqual(expect.arrayContaining(['run.started', 'step.succeeded', 'attempt.handle']))
  await runs.cancel('broken-off')
})

test('a run is found by what only its id begins with, and the newest as last', async () => {
  await resumable.run(work, { runId: 'abc-1' })
  await resumable.run(work, { runId: 'abd-2' })
  await using runs = await openRuns()
  expect(await runs.find('abc')).toMatchObject({ runId: 'abc-1' })
  expect(await runs.find('last')).toMatchObject({ runId: 'abd-2' })
  await expect(runs.find('ab')).rejects.toMatchObject({
    code: 'RUN_UNKNOWN',
    hint: expect.stringContaining('abd-2, abc-1'),
  })
  await expect(runs.find('abx-1')).rejects.toMatchObject({
    code: 'RUN_UNKNOWN',
    kind: 'config',
    hint: expect.stringMatching(/nearest: abc-1/),
  })
})

test('the log of a job is there after its run, by the name of its step', async () => {
  await talk.run({}, { runId: 'talk' })
  await using runs = await openRuns()
  const lines = await all(runs.logs('talk'))
  expect(lines).toHaveLength(6_000)
  expect(lines[0]).toMatchObject({ n: 1, attempt: 1, stream: 'stdout', text: 'first 1' })
  expect(lines.at(-1)).toMatchObject({ n: 6_000, text: 'second 3000' })
  const [{ stepName = '', stepRunId = '' } = {}] = lines
  expect(await all(runs.logs('talk', { step: stepName }))).toHaveLength(6_000)
  expect(await all(runs.logs('talk', { step: stepRunId, attempt: 2 }))).toEqual([])
  await expect(all(runs.logs('talk', { step: 'listen' }))).rejects.toMatchObject({
    code: 'STEP_UNKNOWN',
    hint: expect.stringContaining(stepName),
  })
  await expect(all(runs.logs('talk', { step: 'listen', follow: true }))).rejects.toMatchObject({
    code: 'STEP_UNKNOWN',
    hint: expect.stringContaining(stepName),
  })
})

test('a run of another process is followed to its end, with the log lines of its job', async () => {
  const gate = join(home.path, 'gate')
  const child = startElsewhere('elsewhere', { ...work, gate, greeting: 'hello from the job' })
  await using runs = await openRuns()
  const running = await until('the job runs', async () => {
    const [run] = await runs.list()
    const known = run === undefined ? [] : await all(runs.events(run.runId))
    return known.some((event) => event.type === 'attempt.phase' && event.phase === 'running') && run
  })
  expect(running).toMatchObject({ state: 'running', owner: { state: 'alive', pid: child.pid } })
  const following = all(runs.events('elsewhere', { follow: true }))
  const logging = all<RunLogLine>(runs.logs('elsewhere', { follow: true }))
  const problems: string[] = []
  const onProblem = (text: string): void => void problems.push(text)
  const never = all(runs.logs('elsewhere', { step: 'doubel', follow: true, onProblem }))
  never.catch(() => undefined)
  await until('it is told', async () => problems.length > 0)
  expect(problems).toEqual([expect.stringMatching(/^no step doubel has begun yet; begun have: load/)])
  await writeFile(gate, '')
  const events = await following
  await expect(never).rejects.toMatchObject({ code: 'STEP_UNKNOWN' })
  expect(events.at(-1)).toMatchObject({ type: 'run.succeeded' })
  expect(events.filter(({ type }) => type === 'log')).toMatchObject([
    { stepName: 'double', text: 'hello from the job' },
  ])
  const log = events.findIndex(({ type }) => type === 'log')
  expect(log).toBeLessThan(events.findIndex(({ type }) => type === 'attempt.ended'))
  expect(await logging).toMatchObject([{ n: 1, text: 'hello from the job' }])
  if (child.exitCode === null) await once(child, 'exit')
})

test('who follows a run is told when its launcher is gone', async () => {
  const child = startElsewhere('elsewhere', { ...work, gate: join(home.path, 'gate') })
  await using runs = await openRuns()
  await until('the job exists', async () => {
    const [run] = await runs.list()
    return run !== undefined && (await all(runs.events(run.runId))).some(({ type }) => type === 'attempt.handle')
  })
  const following = all(runs.events('elsewhere', { follow: true }))
  child.kill('SIGKILL')
  expect((await following).some(({ type }) => type === 'attempt.handle')).toBe(true)
  expect(await runs.find('elsewhere')).toMatchObject({ state: 'interrupted' })
  await runs.cancel('elsewhere')
})
