import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { incarnationKey, interruptedKey, ownerKey, resultKey } from '../../src/artifact/layout.ts'
import { identifyProcess } from '../../src/process.ts'
import { codeOf, prepareJobs, until, type Jobs } from './jobs.ts'

let jobs: Jobs
const job: Jobs['job'] = async (...args) => jobs.job(...args)

beforeAll(async () => {
  jobs = await prepareJobs()
})
afterAll(async () => jobs[Symbol.asyncDispose]())

function exists(pid: number): boolean {
  try {
    return identifyProcess(pid).pid === pid
  } catch {
    return false
  }
}

function groupExists(leader: number): boolean {
  try {
    return process.kill(-leader, 0)
  } catch {
    return false
  }
}

test('a job runs its step and writes its result last', async () => {
  const { start, result, starts } = await job('works')
  expect(await codeOf(start('a'))).toBe(0)
  expect(await starts()).toBe(1)
  expect(await result()).toMatchObject({
    status: 'succeeded',
    nonce: 'a',
    incarnation: 1,
    outputs: { value: { materializer: 'json' } },
  })
})

test('of two jobs of one attempt only one runs user code, and the other says why not', async () => {
  const { start, gate, starts, result } = await job('works', { gated: true })
  const first = start('a')
  await until(async () => (await starts()) === 1)
  const second = start('b')
  let text = ''
  second.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  expect(await codeOf(second)).toBe(76)
  expect(text).toContain('another job of this attempt owns it')
  await writeFile(gate, '')
  expect(await codeOf(first)).toBe(0)
  expect(await starts()).toBe(1)
  expect(await result()).toMatchObject({ nonce: 'a' })
})

test('many jobs of one attempt at once: exactly one runs user code', async () => {
  const { start, starts } = await job('works')
  const codes = await Promise.all(Array.from({ length: 8 }, (_, index) => codeOf(start(`nonce-${index}`))))
  expect(await starts()).toBe(1)
  expect(codes.filter((code) => code === 76).length + codes.filter((code) => code === 0).length).toBe(8)
})

test('a restart of the same job passes, as the next incarnation', async () => {
  const { start, gate, starts, result, trace } = await job('works', { gated: true })
  const first = start('a')
  await until(async () => (await starts()) === 1)
  first.kill('SIGKILL')
  await codeOf(first)
  expect(await result()).toBeUndefined()
  // Nobody could take what the step's process would say: it goes with its entrypoint.
  const [line = ''] = (await readFile(trace, 'utf8')).split('\n')
  const stepProcess = Number(line.split(' ')[1])
  await until(async () => !exists(stepProcess))
  await writeFile(gate, '')
  expect(await codeOf(start('a'))).toBe(0)
  expect(await starts()).toBe(2)
  expect(await result()).toMatchObject({ status: 'succeeded', incarnation: 2 })
})

test("where the attempt is decided, a job ends with the result's code and runs nothing", async () => {
  const { start, starts, key } = await job('works')
  const settled = {
    version: 1,
    status: 'failed',
    settledBy: 'launcher',
    kind: 'infra',
    code: 'JOB_FAILED',
    reason: 'lost',
    finishedAt: '',
  }
  await jobs.store.put(resultKey(key), encodeJson(settled))
  expect(await codeOf(start('a'))).toBe(1)
  expect(await starts()).toBe(0)
})

test('an attempt that was given up runs nothing any more', async () => {
  const { start, starts, key } = await job('works')
  await jobs.store.put(ownerKey(key), encodeJson({ closed: 'the create was lost', at: '' }))
  expect(await codeOf(start('a'))).toBe(76)
  expect(await starts()).toBe(0)
})

test('an older incarnation leaves the result to the newer one', async () => {
  const { start, gate, starts, key, result } = await job('works', { gated: true })
  const first = start('a')
  await until(async () => (await starts()) === 1)
  await jobs.store.put(incarnationKey({ ...key, incarnation: 2 }), encodeJson({}))
  await writeFile(gate, '')
  expect(await codeOf(first)).toBe(143)
  expect(await result()).toBeUndefined()
})

test('a file that is not the one sent is not run', async () => {
  const { start, starts, result } = await job('works', { bundleSha256: '0'.repeat(64) })
  expect(await codeOf(start('a'))).toBe(1)
  expect(await starts()).toBe(0)
  expect(await result()).toMatchObject({ status: 'failed', kind: 'infra' })
})

test('after SIGTERM a success is final', async () => {
  const { start, starts, result } = await job('heeds')
  const child = start('a')
  await until(async () => (await starts()) === 1)
  child.kill('SIGTERM')
  expect(await codeOf(child)).toBe(0)
  expect(await result()).toMatchObject({ status: 'succeeded' })
})

test('after SIGTERM anything else is recorded as interrupted, and decides nothing', async () => {
  const { start, starts, result, key } = await job('ignores')
  const child = start('a')
  await until(async () => (await starts()) === 1)
  child.kill('SIGTERM')
  expect(await codeOf(child)).toBe(143)
  expect(await result()).toBeUndefined()
  const record = await jobs.store.get(interruptedKey({ ...key, incarnation: 1 }))
  expect(JSON.parse(Buffer.from(record ?? []).toString())).toMatchObject({ signal: 'SIGTERM' })
})

test('a store that is away for a while is waited for', async () => {
  const { start, gate, starts, result } = await job('works', { gated: true })
  const child = start('a')
  await until(async () => (await starts()) === 1)
  const bringBack = await jobs.takeStoreAway()
  await writeFile(gate, '')
  await sleep(300)
  expect(child.exitCode).toBeNull()
  await bringBack()
  expect(await codeOf(child)).toBe(0)
  expect(await result()).toMatchObject({ status: 'succeeded' })
})

test('a store that stays away ends the job, which says why', async () => {
  const { start, gate, starts, result } = await job('works', { gated: true, storePatienceMs: 300 })
  const child = start('a')
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await until(async () => (await starts()) === 1)
  const bringBack = await jobs.takeStoreAway()
  await writeFile(gate, '')
  expect(await codeOf(child)).toBe(75)
  await bringBack()
  expect(text).toContain('the job could not report to its artifact store')
  expect(await result()).toBeUndefined()
})

test('when the pipe to its supervisor closes, the job ends its whole group', async () => {
  const { starts, args } = await job('ignores')
  // A stand-in for the supervisor: it starts the job as the leader of a group, holds a pipe to it, and is killed.
  const supervisor = spawn(
    process.execPath,
    [
      '-e',
      `const child = require('node:child_process').spawn(process.execPath, ${JSON.stringify(args)}, {
         detached: true, stdio: ['ignore', 'ignore', 'inherit', 'pipe'], env: { ...process.env, SIDESTEP_PARENT_FD: '3' } })
       console.log(child.pid)
       setInterval(() => {}, 1000)`,
    ],
    {
      cwd: jobs.base,
      env: { PATH: process.env['PATH'], SIDESTEP_STORE: JSON.stringify(jobs.store.jobConfig), SIDESTEP_NONCE: 'a' },
    },
  )
  const [line] = (await once(supervisor.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  await until(async () => (await starts()) === 1)
  supervisor.kill('SIGKILL')
  await expect.poll(() => groupExists(pid), { timeout: 20_000 }).toBe(false)
})
