import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { interruptedKey, resultKey } from '../../src/artifact/layout.ts'
import { codeOf, prepareJobs, until, type Jobs } from './jobs.ts'

/** Looks different as JSON, and as `inspect` prints it. */
const CANARY = 'top"secret\\it\'s\nsecond line of it'
const TRACES = ['top"secret', 'top\\"secret', "it's", "it\\'s", 'second line', 'nd line of it']
const SECRETS = { handedSecrets: ['CANARY'] }
const OPTIONS = { environment: { CANARY } }

let jobs: Jobs

beforeAll(async () => {
  jobs = await prepareJobs()
})
afterAll(async () => jobs[Symbol.asyncDispose]())

async function textOf(key: string): Promise<string> {
  return Buffer.from((await jobs.store.get(key)) ?? []).toString()
}

async function expectNoTrace(stepRunId: string): Promise<void> {
  const folder = join(jobs.base, 'store', 'runs', 'run', stepRunId)
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  expect(files.length).toBeGreaterThan(3)
  for (const { parentPath, name } of files) {
    const text = await readFile(join(parentPath, name), 'utf8')
    const values = text.split('\n').flatMap((line) => (line === '' ? [] : stringsIn(JSON.parse(line))))
    for (const trace of TRACES) {
      expect(text.includes(trace), `${name} has ${trace}`).toBe(false)
      expect(
        values.filter((value) => value.includes(trace)),
        `${name} has ${trace}`,
      ).toEqual([])
    }
  }
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsIn(item)])
}

test('a secret that a step throws and prints stands in nothing that is written', async () => {
  const { key, start } = await jobs.job('leaks', SECRETS)
  expect(await codeOf(start('a', OPTIONS))).toBe(1)
  await expectNoTrace(key.stepRunId)
  expect(JSON.parse(await textOf(resultKey(key)))).toMatchObject({
    status: 'failed',
    kind: 'step',
    error: {
      message: 'no login with ***, {"canary":"***"}',
      cause: { name: '***' },
      properties: { request: { headers: ['***'], '***': true } },
    },
  })
})

test('a secret in what is no Error is hidden as well', async () => {
  const { key, start } = await jobs.job('throws-a-secret', SECRETS)
  expect(await codeOf(start('a', OPTIONS))).toBe(1)
  await expectNoTrace(key.stepRunId)
  expect(await textOf(resultKey(key))).toContain('***')
})

test('a secret in the error of a step that is told to stop stands in no interrupted.json', async () => {
  const { key, start, starts } = await jobs.job('leaks-when-stopped', SECRETS)
  const child = start('a', OPTIONS)
  await until(async () => (await starts()) === 1)
  child.kill('SIGTERM')
  expect(await codeOf(child)).toBe(143)
  await expectNoTrace(key.stepRunId)
  expect(await textOf(interruptedKey({ ...key, incarnation: 1 }))).toContain('no login with ***')
})
