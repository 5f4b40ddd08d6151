import { once } from 'node:events'
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { openRuns, type RunEvent } from '@sidestep/core'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { all } from '../support/all.ts'
import { killedAt, moveHome, startElsewhere } from '../support/elsewhere.ts'
import { temporaryHome } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { resumable, type Work } from './fixtures/resumable.ts'

let home: Awaited<ReturnType<typeof temporaryHome>>
let work: Work
let gate: string
let uri: string
beforeEach(async () => {
  home = await temporaryHome()
  gate = join(home.path, 'gate')
  work = { evidence: join(home.path, 'evidence') }
  uri = `${pathToFileURL(join(home.path, 'store')).href}/runs/r`
})
afterEach(async () => home.remove())

const kinds = (events: readonly RunEvent[]): readonly string[] =>
  events.map((event) => ('stepName' in event ? `${event.type} ${event.stepName}` : event.type))

test('a run that ended elsewhere is listed, told and shown after it was attached', async () => {
  await resumable.run({ ...work, greeting: 'hello' }, { runId: 'r' })
  await using there = await openRuns()
  const before = await there.details('r')
  await moveHome()
  await using here = await openRuns()
  expect(await here.list()).toEqual([])
  expect(await here.attach(uri)).toMatchObject({ runId: 'r', state: 'succeeded', result: 42 })
  const { steps, launchers, ends } = await here.details('r')
  expect({ launchers, ends }).toEqual({ launchers: before.launchers, ends: before.ends })
  expect(steps).toEqual(expect.arrayContaining([...before.steps]))
  const told = await all(here.events('r'))
  expect(kinds(told)).toEqual([
    'run.started',
    'step.started load',
    'step.succeeded load',
    'step.started double',
    'attempt.started double',
    'attempt.handle double',
    'attempt.ended double',
    'step.succeeded double',
    'step.started finish',
    'step.succeeded finish',
    'run.succeeded',
  ])
  expect(await all(here.logs('r', { step: 'double' }))).toMatchObject([{ n: 1, text: 'hello' }])
  // Once more changes nothing.
  await here.attach(uri)
  expect(await all(here.events('r'))).toEqual(told)
})

test('a journal that was lost knows a run again after it was attached', async () => {
  await killedAt('7.observe:after', 'r', { ...work, gate })
  for (const name of await readdir(home.path)) {
    if (name.startsWith('journal.db')) await rename(join(home.path, name), join(home.path, `lost.${name}`))
  }
  await using runs = await openRuns()
  expect(await runs.attach(`${uri}/run.json`)).toMatchObject({ state: 'interrupted' })
  expect(await runs.jobs()).toMatchObject([{ stepName: 'double', attempt: 1, phase: 'running', operator: 'local' }])
  await writeFile(gate, '')
  expect(await resumable.resume('r').result()).toBe(42)
  expect((await readFile(work.evidence, 'utf8')).match(/\w+(?= )/g)).toEqual(['load', 'double', 'finish'])
})

test('a run that was interrupted elsewhere is cancelled here', async () => {
  await killedAt('7.observe:after', 'r', { ...work, gate })
  await moveHome()
  await using runs = await openRuns()
  await runs.attach(uri)
  expect(await runs.cancel('r')).toMatchObject({ state: 'cancelled' })
  expect(await home.liveJobs()).toEqual([])
})

test('a run that was interrupted elsewhere goes on here, with the job that it had', async () => {
  await killedAt('7.observe:after', 'r', { ...work, gate })
  await moveHome()
  await using runs = await openRuns()
  expect(await runs.attach(uri)).toMatchObject({ state: 'interrupted', owner: { n: 1, state: 'gone' } })
  await writeFile(gate, '')
  expect(await resumable.resume('r').result()).toBe(42)
  expect((await readFile(work.evidence, 'utf8')).match(/\w+(?= )/g)).toEqual(['load', 'double', 'finish'])
  expect(await runs.find('r')).toMatchObject({ state: 'succeeded' })
})

test('a run that was brought to its end elsewhere is listed as it ended', async () => {
  await killedAt('7.observe:after', 'r', { ...work, gate })
  const original = process.env['SIDESTEP_HOME']
  await using there = await openRuns()
  expect(await there.list()).toMatchObject([{ state: 'interrupted', owner: { n: 1 } }])
  await moveHome()
  await using here = await openRuns()
  await here.attach(uri)
  await writeFile(gate, '')
  expect(await resumable.resume('r').result()).toBe(42)
  process.env['SIDESTEP_HOME'] = original
  expect(await there.list()).toMatchObject([{ state: 'succeeded', result: 42 }])
  expect(await there.list({ unfinished: true })).toEqual([])
})

test('a run whose store gives no answer is listed as the journal knows it', async () => {
  await killedAt('7.observe:after', 'r', { ...work, gate })
  await using runs = await openRuns()
  await runs.cancelJob((await runs.jobs())[0]?.id ?? '')
  await rename(join(home.path, 'store'), join(home.path, 'away'))
  await writeFile(join(home.path, 'store'), 'no folder')
  expect(await runs.list()).toMatchObject([{ state: 'interrupted', owner: { n: 1, state: 'gone' } }])
})

test('a run that is nowhere is refused, and no folder is made for it', async () => {
  const nowhere = join(home.path, 'typo')
  await moveHome({ empty: true })
  await using runs = await openRuns()
  await expect(runs.attach(`${pathToFileURL(nowhere).href}/runs/r`)).rejects.toMatchObject({
    code: 'RUN_UNKNOWN',
    message: expect.stringContaining('typo/runs/r/run.json'),
  })
  expect(await readdir(home.path)).not.toContain('typo')
  expect(await readdir(runs.home)).toEqual([])
})

test('a run that is led from elsewhere is followed to its end', async () => {
  const child = startElsewhere('r', { ...work, gate })
  await using there = await openRuns()
  await until('the job exists', async () => (await there.jobs()).length === 1)
  await moveHome()
  await using here = await openRuns()
  expect(await here.attach(uri)).toMatchObject({ state: 'running', owner: { state: 'alive', pid: child.pid } })
  const following = all(here.events('r', { follow: true }))
  await writeFile(gate, '')
  expect(kinds(await following).at(-1)).toBe('run.succeeded')
  if (child.exitCode === null) await once(child, 'exit')
})

test.each([
  ['run.json', /runs\/r\/run\.json is damaged: it is not a JSON object/, '{"version":1'],
  [
    'launchers/1.json',
    /runs\/r\/launchers\/1\.json is not what belongs there at process/,
    '{"n":1,"machine":{"host":"h"}}',
  ],
  ['ends/1.json', /runs\/r\/ends\/1\.json is not what belongs there at version/, '{"version":9}'],
])('an object that is damaged is named: %s', async (name, message, content) => {
  await resumable.run(work, { runId: 'r' })
  await writeFile(join(home.path, 'store', 'runs', 'r', name), content)
  await moveHome()
  await using runs = await openRuns()
  await expect(runs.attach(uri)).rejects.toMatchObject({
    code: 'ARTIFACT_CORRUPT',
    message: expect.stringMatching(message),
  })
  expect(await runs.list()).toEqual([])
})

test('a run that was copied to another id is refused', async () => {
  await resumable.run(work, { runId: 'r' })
  await cp(join(home.path, 'store', 'runs', 'r'), join(home.path, 'store', 'runs', 'copy'), { recursive: true })
  await using runs = await openRuns()
  await expect(runs.attach(uri.replace(/r$/, 'copy'))).rejects.toMatchObject({
    code: 'ARTIFACT_CORRUPT',
    message: expect.stringContaining('is the record of another run: r'),
  })
})

test('what is no run is refused, with what to give', async () => {
  await using runs = await openRuns()
  await expect(runs.attach('train')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    hint: expect.stringContaining('/runs/<run id>'),
  })
  await expect(runs.attach('s3://bucket/prefix/runs/r')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('s3://bucket/prefix'),
    hint: expect.stringContaining('file:// (flavor local)'),
  })
  await expect(runs.attach(uri)).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
})

test('another run of the same id is not mixed with the one that is known', async () => {
  await resumable.run(work, { runId: 'r' })
  await moveHome()
  await resumable.run(work, { runId: 'r' })
  await using runs = await openRuns()
  await expect(runs.attach(uri)).rejects.toMatchObject({ code: 'RUN_CONFLICT' })
  await rm(work.evidence)
})
