import { spawn, type ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'

import { type LaunchEvent, type LaunchPoint, type RunEvent } from '@sidestep/core'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'

import { temporaryHome } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { resumable, type Work } from './fixtures/resumable.ts'

let home: Awaited<ReturnType<typeof temporaryHome>>
let work: Work
beforeEach(async () => {
  home = await temporaryHome()
  work = { evidence: join(home.path, 'evidence') }
})
afterEach(async () => home.remove())

/** Starts a run in another process, which kills itself at a point of the launch where one is given. */
function startElsewhere(runId: string, point?: LaunchPoint): ChildProcess {
  const program = fileURLToPath(new URL('fixtures/resumable.ts', import.meta.url))
  return spawn(process.execPath, [program, runId, JSON.stringify(work), ...(point === undefined ? [] : [point])], {
    stdio: 'inherit',
  })
}

async function killedAt(point: LaunchPoint): Promise<void> {
  const [, signal] = (await once(startElsewhere('r', point), 'exit')) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')
}

/** How often which step's own code ran. */
async function ran(): Promise<Record<string, number>> {
  const lines = existsSync(work.evidence) ? (await readFile(work.evidence, 'utf8')).trim().split('\n') : []
  const counts: Record<string, number> = {}
  for (const [name = ''] of lines.map((line) => line.split(' '))) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

async function eventsOf(run: { events(): AsyncIterable<RunEvent> }): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of run.events()) events.push(event)
  return events
}

test.each([
  '1.upload:after',
  '3.spec:after',
  '3.intent:before',
  '3.intent:after',
  '3.create-record:after',
  '4.submit:before',
  '4.submit:after',
  '6.handle:before',
  '6.handle:after',
  '7.observe:after',
  '8.read-result:after',
] as const)('a run whose launcher is killed at %s goes on where it was, with one job', async (point) => {
  await killedAt(point)
  const run = resumable.resume('r')
  const events = await eventsOf(run)
  expect(await run.result()).toBe(42)
  expect(events[0]).toMatchObject({ type: 'run.started', runId: 'r', launcher: 2 })
  expect(events).toContainEqual(expect.objectContaining({ type: 'step.succeeded', stepName: 'load', kept: true }))
  expect(await ran()).toEqual({ load: 1, double: 1, finish: 1 })
  expect(await readdir(join(home.path, 'jobs'))).toHaveLength(1)
  await until('no process is left', async () => (await home.processes()).length === 0, 5_000)
})

test('a run that is over gives its result again, and runs nothing', async () => {
  expect(await resumable.run(work, { runId: 'r' })).toBe(42)
  const run = resumable.resume('r')
  const events = await eventsOf(run)
  expect(await run.result()).toBe(42)
  expect(events.filter(({ type }) => type === 'step.succeeded')).toHaveLength(3)
  expect(events.every((event) => event.type !== 'step.succeeded' || event.kept === true)).toBe(true)
  expect(await ran()).toEqual({ load: 1, double: 1, finish: 1 })
})

test('a run that failed is tried again from where it failed', async () => {
  const trouble = join(home.path, 'trouble')
  work = { ...work, trouble }
  await writeFile(trouble, '')
  await expect(resumable.run(work, { runId: 'r' })).rejects.toThrow('there is trouble')
  await expect(resumable.resume('r').result()).rejects.toThrow('there is trouble')
  await writeFile(trouble, '')
  await rm(trouble)
  expect(await resumable.resume('r').result()).toBe(42)
  expect(await ran()).toEqual({ load: 1, double: 1, finish: 3 })
})

test('start with the id of a run goes on with it, and with another input is refused', async () => {
  await killedAt('6.handle:after')
  await expect(resumable.run({ evidence: 'other' }, { runId: 'r' })).rejects.toMatchObject({
    code: 'RUN_CONFLICT',
    kind: 'config',
  })
  expect(await resumable.run(work, { runId: 'r' })).toBe(42)
  expect(await ran()).toEqual({ load: 1, double: 1, finish: 1 })
})

test('a run that nobody began is unknown', async () => {
  await expect(resumable.resume('nothing').result()).rejects.toMatchObject({ code: 'RUN_UNKNOWN', kind: 'config' })
})

test('a run that is at work is left alone, and two that want a dead one do not both get it', async () => {
  const gate = join(home.path, 'gate')
  work = { ...work, gate }
  const child = startElsewhere('r')
  const end = once(child, 'exit')
  await until('the job runs', async () => (await ran())['double'] === 1)
  await expect(resumable.resume('r').result()).rejects.toMatchObject({
    code: 'RUN_OWNED',
    kind: 'config',
    message: expect.stringContaining(`process ${child.pid}`) as string,
  })
  child.kill('SIGKILL')
  await end
  const both = [resumable.resume('r'), resumable.resume('r')].map((run) => run.result())
  setTimeout(() => void writeFile(gate, ''), 500)
  const ends = await Promise.allSettled(both)
  expect(ends.filter(({ status }) => status === 'fulfilled')).toEqual([{ status: 'fulfilled', value: 42 }])
  expect(ends.filter(({ status }) => status === 'rejected')).toMatchObject([{ reason: { code: 'RUN_OWNED' } }])
  expect(await ran()).toEqual({ load: 1, double: 1, finish: 1 })
})

test('an interrupted run of the same pipeline is named when another one starts', async () => {
  await killedAt('6.handle:after')
  const events = await eventsOf(resumable.start(work))
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'warning', message: expect.stringContaining('sidestep runs resume r') }),
  )
  await resumable.resume('r').result()
  const later = await eventsOf(resumable.start(work))
  expect(later.filter((event) => event.type === 'warning' && event.message.includes('resume'))).toEqual([])
})

test('what is told of a job that runs on begins with the phases that it was in', async () => {
  const gate = join(home.path, 'gate')
  work = { ...work, gate }
  await killedAt('7.observe:after')
  await until('the job runs', async () => (await ran())['double'] === 1)
  const run = resumable.resume('r')
  const events: RunEvent[] = []
  for await (const event of run.events()) {
    events.push(event)
    if (event.type === 'attempt.phase' && event.phase === 'running') await writeFile(gate, '')
  }
  const double = events.find((event) => event.type === 'step.succeeded' && event.stepName === 'double')
  expect(double).toMatchObject({
    process: { pid: expect.any(Number) as number },
    phases: [{ phase: 'queued' }, { phase: 'running' }],
  })
})

test('a job about which nothing could be decided is no failed attempt: the run has not ended, and goes on with it', async () => {
  const lock = new DatabaseSync(join(home.path, 'journal.db'))
  onTestFinished(() => lock.close())
  const stop = (event: unknown): void => {
    if ((event as LaunchEvent).point !== '6.handle:before') return
    lock.exec('begin immediate')
    // The launcher waits five seconds for it, and nothing else happens in this process meanwhile.
    setTimeout(() => lock.exec('rollback'), 100)
  }
  subscribe('sidestep:launch', stop)
  onTestFinished(() => void unsubscribe('sidestep:launch', stop))
  await expect(resumable.run(work, { runId: 'r' })).rejects.toMatchObject({ code: 'JOURNAL_FAILED' })
  unsubscribe('sidestep:launch', stop)
  expect(existsSync(join(home.path, 'store', 'runs', 'r', 'ends', '1.json'))).toBe(false)
  expect(await resumable.resume('r').result()).toBe(42)
  expect(await ran()).toEqual({ load: 1, double: 1, finish: 1 })
})

test('a run that could not go on because its input is gone is free for whoever tries next', async () => {
  await killedAt('3.intent:after')
  const inputs = join(home.path, 'store', 'runs', 'r', 'inputs')
  await rename(inputs, `${inputs}-away`)
  await expect(resumable.resume('r').result()).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' })
  await rename(`${inputs}-away`, inputs)
  expect(await resumable.resume('r').result()).toBe(42)
})

test('a job that runs is gone on with, although the cache has a result by then', async () => {
  const gate = join(home.path, 'gate')
  work = { ...work, gate, cached: true }
  const child = startElsewhere('r')
  const end = once(child, 'exit')
  await until('the job runs', async () => (await ran())['remember'] === 1)
  const first = /^remember (\d+)$/m.exec(await readFile(work.evidence, 'utf8'))?.[1] ?? ''
  child.kill('SIGKILL')
  await end
  // At once, as a whole: that job goes on where anything else stands in the gate.
  await writeFile(`${gate}.first`, first)
  await rename(`${gate}.first`, gate)
  expect(await resumable.run(work)).toBe(42)
  expect((await ran())['remember']).toBe(2)
  const run = resumable.resume('r')
  setTimeout(() => void writeFile(gate, ''), 1_000)
  const events = await eventsOf(run)
  expect(await run.result()).toBe(42)
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'step.succeeded', stepName: 'remember', cached: false }),
  )
  await until('no process is left', async () => (await home.processes()).length === 0, 5_000)
})

test('what came from the cache is the result of the run, also when the cache is gone', async () => {
  work = { ...work, cached: true }
  expect(await resumable.run(work, { runId: 'first' })).toBe(42)
  expect(await resumable.run(work, { runId: 'second' })).toBe(42)
  expect((await ran())['remember']).toBe(1)
  await rm(join(home.path, 'store', 'cache'), { recursive: true })
  const run = resumable.resume('second')
  const events = await eventsOf(run)
  expect(await run.result()).toBe(42)
  expect(events).toContainEqual(expect.objectContaining({ stepName: 'remember', cached: true, kept: true }))
  expect((await ran())['remember']).toBe(1)
})
