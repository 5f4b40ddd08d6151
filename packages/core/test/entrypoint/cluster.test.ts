import type { ChildProcess } from 'node:child_process'
import { readFile, rename, writeFile } from 'node:fs/promises'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { incarnationKey, logChunkKey, outputsPrefix, rankKey } from '../../src/artifact/layout.ts'
import { readJson } from '../../src/artifact/stored-json.ts'
import { codeOf, prepareJobs, until, type Job, type Jobs } from './jobs.ts'

let jobs: Jobs
beforeAll(async () => {
  jobs = await prepareJobs()
})
afterAll(async () => jobs[Symbol.asyncDispose]())

/** A job of several machines, each a process. */
async function clusterOf(size: number) {
  const job = await jobs.job('together', { gated: true })
  const start = (rank: number): ChildProcess =>
    job.start('n', {
      environment: { SIDESTEP_STEP_OPERATOR: 'cluster', TEST_RANK: String(rank), TEST_SIZE: String(size) },
    })
  const startAll = (): readonly ChildProcess[] => Array.from({ length: size }, (_, rank) => start(rank))
  const say = async (rank: number, word: string): Promise<void> => {
    await writeFile(`${job.gate}-${rank}.new`, word)
    await rename(`${job.gate}-${rank}.new`, `${job.gate}-${rank}`)
  }
  return { ...job, start, startAll, say }
}

async function rankRecord({ key }: Pick<Job, 'key'>, rank: number): Promise<unknown> {
  return readJson(jobs.store, rankKey(key, rank))
}

test('a job of several machines succeeds once all have, with what the first one returned', async () => {
  const job = await clusterOf(3)
  const [first, ...others] = job.startAll()
  await until(async () => (await job.starts()) === 3)
  expect((await readFile(job.trace, 'utf8')).split('\n').toSorted().slice(1)).toEqual([
    'started 0 of 3',
    'started 1 of 3',
    'started 2 of 3',
  ])
  await job.say(0, 'done')
  await job.say(1, 'done')
  await until(async () => ((await rankRecord(job, 1)) as { status: string }).status === 'succeeded')
  expect(await job.result()).toBeUndefined()
  await job.say(2, 'done')
  expect(await Promise.all([first!, ...others].map(codeOf))).toEqual([0, 0, 0])
  expect(await job.result()).toMatchObject({ status: 'succeeded', outputs: { value: { materializer: 'json' } } })
  const outputs = `${outputsPrefix({ ...job.key, incarnation: 1 })}/value`
  expect(Buffer.from((await jobs.store.get(outputs))!).toString()).toBe('"done by 0"')
  // The others have a log of their own, and no outputs.
  for (const rank of [1, 2]) {
    const key = { ...job.key, incarnation: 1, rank }
    expect(Buffer.from((await jobs.store.get(logChunkKey(key, 1)))!).toString()).toContain(`rank ${rank} says done`)
    expect(await jobs.store.stat(`${outputsPrefix(key)}/value`)).toBeUndefined()
  }
})

test('as soon as one machine fails, the job has failed with its error and its last lines, and all end', async () => {
  const job = await clusterOf(3)
  const machines = job.startAll()
  await until(async () => (await job.starts()) === 3)
  await job.say(2, 'no room on the card')
  expect(await Promise.all(machines.map(codeOf))).toEqual([1, 1, 1])
  expect(await job.result()).toMatchObject({
    status: 'failed',
    kind: 'step',
    error: { message: 'on machine 2 of 0 to 2: no room on the card' },
    failedRank: { rank: 2, lastLogLines: ['rank 2 says no room on the card'] },
  })
})

test('the first machine to fail is the one that counts', async () => {
  const job = await clusterOf(2)
  const machines = job.startAll()
  await until(async () => (await job.starts()) === 2)
  await job.say(0, 'the first lost its disk')
  expect(await codeOf(machines[0]!)).toBe(1)
  await job.say(1, 'the other lost the first')
  expect(await codeOf(machines[1]!)).toBe(1)
  const result = await job.result()
  expect(result).toMatchObject({ status: 'failed', error: { message: 'the first lost its disk' } })
  expect(result).not.toHaveProperty('failedRank')
})

test('what a machine left before the job was started again does not count', async () => {
  const job = await clusterOf(2)
  const before = job.startAll()
  await until(async () => (await job.starts()) === 2)
  await job.say(1, 'done')
  // One that began before the first one says so of no start at first.
  await until(async () => {
    const { status, incarnation } = (await rankRecord(job, 1)) as { status: string; incarnation: number }
    return status === 'succeeded' && incarnation === 1
  })
  for (const machine of before) machine.kill('SIGKILL')
  await Promise.all(before.map(codeOf))
  await job.say(0, 'done')
  // The machine that comes back first waits for the other one, whose success was that of an earlier start.
  const first = job.start(0)
  await until(async () => (await jobs.store.stat(incarnationKey({ ...job.key, incarnation: 2 }))) !== undefined)
  await until(async () => (await job.starts()) === 3)
  expect(await rankRecord(job, 1)).toMatchObject({ incarnation: 1, status: 'succeeded' })
  expect(await job.result()).toBeUndefined()
  const other = job.start(1)
  expect(await Promise.all([first, other].map(codeOf))).toEqual([0, 0])
  expect(await rankRecord(job, 1)).toMatchObject({ incarnation: 2, status: 'succeeded' })
  expect(await job.result()).toMatchObject({ status: 'succeeded', incarnation: 2 })
})

test('told to stop, no machine leaves a result, and the first one says that it was interrupted', async () => {
  const job = await clusterOf(2)
  const machines = job.startAll()
  await until(async () => (await job.starts()) === 2)
  await job.say(0, 'done')
  // It waits for the other one.
  await until(
    async () => (await jobs.store.stat(`${outputsPrefix({ ...job.key, incarnation: 1 })}/value`)) !== undefined,
  )
  for (const machine of machines) machine.kill('SIGTERM')
  expect(await Promise.all(machines.map(codeOf))).toEqual([143, 143])
  expect(await job.result()).toBeUndefined()
})
