import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { logChunkKey, outputsPrefix } from '../../src/artifact/layout.ts'
import type { CommandBody } from '../../src/entrypoint/job-spec.ts'
import { codeOf, prepareJobs, until, type Job, type Jobs } from './jobs.ts'

let jobs: Jobs

beforeAll(async () => {
  jobs = await prepareJobs()
})
afterAll(async () => jobs[Symbol.asyncDispose]())

async function commandJob(body: Partial<CommandBody>, changes: Parameters<Jobs['job']>[1] = {}): Promise<Job> {
  const whole: CommandBody = { kind: 'command', command: ['true'], inputs: {}, outputs: {}, ...body }
  return jobs.job('command', { body: whole, ...changes })
}

async function logOf({ key }: Job): Promise<string> {
  return Buffer.from((await jobs.store.get(logChunkKey({ ...key, incarnation: 1 }, 1))) ?? []).toString()
}

const structure = { name: 'data', stored: { materializer: 'structure', key: 'x', sha256: '', size: 0 } }

test.each<[string, Partial<CommandBody>, string, string]>([
  [
    'an output that is no JSON',
    {
      command: ['sh', '-c', 'echo last words; echo NaN > {outputs.m}'],
      outputs: { m: { name: 'm.json', kind: 'file' } },
    },
    'step',
    'm.json is not JSON',
  ],
  [
    'a link that leads out of the output folder',
    {
      command: ['sh', '-c', 'echo last words; mkdir {outputs.m}; ln -s /etc/hosts {outputs.m}/hosts'],
      outputs: { m: { name: 'm', kind: 'folder' } },
    },
    'step',
    'cannot store the value',
  ],
  ['an input that is no one file', { inputs: { data: structure } }, 'step', 'cannot be one file'],
  ['files that are damaged', { files: { key: 'files/damaged.tar', sha256: '0'.repeat(64) } }, 'infra', ''],
  ['arguments that are too long', { command: ['true', 'x'.repeat(2 ** 20)] }, 'step', 'longer than the system takes'],
  ['a program that is not there', { command: ['no-such-program'] }, 'step', 'the command no-such-program could not be'],
])('%s is a failure that is written down', async (_, body, kind, message) => {
  await jobs.store.put('files/damaged.tar', Buffer.alloc(2048, 'x'))
  const job = await commandJob(body)
  expect(await codeOf(job.start('a'))).toBe(1)
  expect(await job.result()).toMatchObject({
    status: 'failed',
    kind,
    error: { message: expect.stringContaining(message) },
  })
  // Where in Sidestep it was noticed is nothing that a user can look at.
  expect(JSON.stringify(await job.result())).not.toMatch(/\.mjs:\d/)
  if (body.command?.[2]?.includes('last words') === true) expect(await logOf(job)).toContain('last words')
})

test('that the store does not take an output is no failure of the step, and its log is written', async () => {
  const job = await commandJob({
    command: ['sh', '-c', 'echo last words; echo 1 > {outputs.m}'],
    outputs: { m: { name: 'm', kind: 'file' } },
  })
  // A file where the folder of the outputs would be.
  await jobs.store.put(outputsPrefix({ ...job.key, incarnation: 1 }), Buffer.from(''))
  const child = job.start('a')
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  expect(await codeOf(child)).toBe(75)
  expect(text).toContain('the job could not report to its artifact store')
  expect(await job.result()).toBeUndefined()
  expect(await logOf(job)).toContain('last words')
})

/** Signals the whole group, as a supervisor does, and counts what the step heard until it was killed. */
async function termsHeard(job: Job, trace: string): Promise<number> {
  const child = job.start('a', { supervised: true })
  const lines = async (): Promise<string[]> => (await readFile(trace, 'utf8').catch(() => '')).trimEnd().split('\n')
  await until(async () => (await lines())[0] !== '')
  process.kill(-(child.pid ?? 0), 'SIGTERM')
  expect(await codeOf(child)).toBe(143)
  return (await lines()).filter((line) => line === 'SIGTERM').length
}

test('a command whose whole group was signalled hears SIGTERM once, and SIGKILL ends it after the grace', async () => {
  const trace = join(jobs.base, 'terms')
  const script = `const { appendFileSync } = require('node:fs')
    process.on('SIGTERM', () => appendFileSync(${JSON.stringify(trace)}, 'SIGTERM\\n'))
    appendFileSync(${JSON.stringify(trace)}, 'started\\n')
    setInterval(() => {}, 1000)`
  const job = await commandJob({ command: [process.execPath, '-e', script] })
  expect(await termsHeard(job, trace)).toBe(1)
})

test('a function step whose whole group was signalled hears SIGTERM once', async () => {
  const job = await jobs.job('counts')
  expect(await termsHeard(job, job.trace)).toBe(1)
})

test('without a supervisor the signal is handed on', async () => {
  const job = await jobs.job('counts')
  const child = job.start('a')
  await until(async () => (await job.starts()) === 1)
  child.kill('SIGTERM')
  expect(await codeOf(child)).toBe(143)
  expect(await readFile(job.trace, 'utf8')).toContain('SIGTERM')
})
