import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { encodeInput } from '../../src/artifact/encode-input.ts'
import { encodeJson } from '../../src/artifact/json-object.ts'
import {
  incarnationKey,
  inputKey,
  interruptedKey,
  ownerKey,
  resultKey,
  specKey,
  type AttemptKey,
} from '../../src/artifact/layout.ts'
import type { ResultManifest } from '../../src/artifact/manifest.ts'
import { bundleModule, type Bundle } from '../../src/bundle/bundle-module.ts'
import { readResult } from '../../src/entrypoint/ownership.ts'
import type { JobSpec } from '../../src/entrypoint/job-spec.ts'
import { identifyProcess } from '../../src/process.ts'
import { FolderStore } from '../support/folder-store.ts'

const fixture = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

let base: string
let bundle: Bundle
let store: FolderStore
let count = 0

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'sidestep-job-'))
  store = new FolderStore({ folder: join(base, 'store') })
  bundle = await bundleModule({
    module: fixture('fixtures/steps.ts'),
    external: [],
    artifactStoreRuntime: fixture('../support/folder-runtime.ts'),
    stepOperatorRuntimes: {},
    folder: join(base, 'bundles'),
  })
})
afterAll(async () => rm(base, { recursive: true, force: true, maxRetries: 5 }))

interface Job {
  readonly key: AttemptKey
  readonly trace: string
  readonly gate: string
  start(nonce: string, environment?: NodeJS.ProcessEnv): ChildProcess
  /** How often user code was started. */
  starts(): Promise<number>
  result(): Promise<ResultManifest | undefined>
}

async function job(stepName: string, changes: Partial<JobSpec> & { readonly gated?: boolean } = {}): Promise<Job> {
  count += 1
  const key: AttemptKey = { runId: 'run', stepRunId: `${stepName}-${count}`, attempt: 1 }
  const trace = join(base, `trace-${count}`)
  const gate = join(base, `gate-${count}`)
  const { gated = false, ...spec } = changes
  const { stored } = await encodeInput(
    { trace, ...(gated ? { gate } : {}) },
    { store, keyOf: (sha256) => inputKey('run', sha256) },
  )
  const whole: JobSpec = {
    version: 1,
    ...key,
    pipeline: 'test',
    stepName,
    bundleSha256: bundle.sha256,
    body: { kind: 'function', ...(stored === undefined ? {} : { input: stored }) },
    environment: {},
    secrets: {},
    handedSecrets: [],
    graceMs: 1_000,
    ...spec,
  }
  await store.put(specKey(key), encodeJson(whole))
  return {
    key,
    trace,
    gate,
    start: (nonce, environment = {}) =>
      spawn(process.execPath, [bundle.path, '--spec', `${store.uri}/${specKey(key)}`], {
        cwd: base,
        env: {
          PATH: process.env['PATH'],
          SIDESTEP_STORE: JSON.stringify(store.jobConfig),
          SIDESTEP_NONCE: nonce,
          ...environment,
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
    starts: async () => (await readFile(trace, 'utf8').catch(() => '')).split('\n').length - 1,
    result: async () => readResult(key, store),
  }
}

async function codeOf(child: ChildProcess): Promise<number | string> {
  child.stderr?.resume()
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return code ?? signal ?? ''
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('waited in vain')
    await sleep(5)
  }
}

function exists(pid: number): boolean {
  try {
    return identifyProcess(pid).pid === pid
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
}, 30_000)

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
}, 30_000)

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
  await store.put(resultKey(key), encodeJson(settled))
  expect(await codeOf(start('a'))).toBe(1)
  expect(await starts()).toBe(0)
})

test('an attempt that was given up runs nothing any more', async () => {
  const { start, starts, key } = await job('works')
  await store.put(ownerKey(key), encodeJson({ closed: 'the create was lost', at: '' }))
  expect(await codeOf(start('a'))).toBe(76)
  expect(await starts()).toBe(0)
})

test('an older incarnation leaves the result to the newer one', async () => {
  const { start, gate, starts, key, result } = await job('works', { gated: true })
  const first = start('a')
  await until(async () => (await starts()) === 1)
  await store.put(incarnationKey({ ...key, incarnation: 2 }), encodeJson({}))
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
  const record = await store.get(interruptedKey({ ...key, incarnation: 1 }))
  expect(JSON.parse(Buffer.from(record ?? []).toString())).toMatchObject({ signal: 'SIGTERM' })
}, 30_000)

test('a store that is away for a while is waited for', async () => {
  const { start, gate, starts, result } = await job('works', { gated: true })
  const child = start('a')
  await until(async () => (await starts()) === 1)
  const folder = join(base, 'store')
  await rename(folder, `${folder}-away`)
  await writeFile(folder, 'a file where the folder was')
  await writeFile(gate, '')
  await sleep(300)
  expect(child.exitCode).toBeNull()
  await rm(folder)
  await rename(`${folder}-away`, folder)
  expect(await codeOf(child)).toBe(0)
  expect(await result()).toMatchObject({ status: 'succeeded' })
}, 30_000)

test('when the pipe to its supervisor closes, the job ends its whole group', async () => {
  const { start, starts, key } = await job('ignores')
  const uri = `${store.uri}/${specKey(key)}`
  // A stand-in for the supervisor: it starts the job as the leader of a group, holds a pipe to it, and is killed.
  const supervisor = spawn(
    process.execPath,
    [
      '-e',
      `const child = require('node:child_process').spawn(process.execPath, ${JSON.stringify([bundle.path, '--spec', uri])}, {
         detached: true, stdio: ['ignore', 'ignore', 'inherit', 'pipe'], env: { ...process.env, SIDESTEP_PARENT_FD: '3' } })
       console.log(child.pid)
       setInterval(() => {}, 1000)`,
    ],
    {
      cwd: base,
      env: { PATH: process.env['PATH'], SIDESTEP_STORE: JSON.stringify(store.jobConfig), SIDESTEP_NONCE: 'a' },
    },
  )
  const [line] = (await once(supervisor.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  await until(async () => (await starts()) === 1)
  supervisor.kill('SIGKILL')
  await until(async () => {
    try {
      process.kill(-pid, 0)
      return false
    } catch {
      return true
    }
  })
  expect(start).toBeDefined()
}, 30_000)
