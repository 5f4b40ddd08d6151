import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

import type { StoredObject } from '../../src/artifact/artifact-store.ts'
import { defineFlavor } from '../../src/flavor/define-flavor.ts'
import { BaseStepOperator } from '../../src/operator/base-step-operator.ts'
import { pipeline } from '../../src/pipeline/pipeline.ts'
import { Stack } from '../../src/stack/stack.ts'
import { step } from '../../src/step/step.ts'
import { FolderStore } from '../support/folder-store.ts'

class Nowhere extends BaseStepOperator {
  static override readonly FLAVOR = 'nowhere'
  override async launch(): Promise<void> {}
}

let folder: string
let stack: Stack
const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidestep-run-'))
  process.env['SIDESTEP_HOME'] = join(folder, 'home')
  const artifactStore = new FolderStore({ folder: join(folder, 'store') })
  stack = new Stack({ name: 'here', artifactStore, stepOperators: { nowhere: new Nowhere({}) } })
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  // Node tells of unhandled rejections when a turn of its loop is over.
  await new Promise((resolve) => setImmediate(resolve))
  if (unhandled.length > 0) throw new AggregateError(unhandled.splice(0), 'there were unhandled rejections')
})
afterAll(async () => {
  process.off('unhandledRejection', note)
  delete process.env['SIDESTEP_HOME']
  await rm(folder, { recursive: true, maxRetries: 5 })
})

let calls = 0
const quick = step({ name: 'quick' }, (value: number) => {
  calls += 1
  return value
})
const bad = step({ name: 'bad' }, (message: string) => {
  throw new TypeError(message, { cause: Object.assign(new Error('deeper'), { row: 7 }) })
})
let gate = Promise.withResolvers<void>()
const slow = step({ name: 'slow' }, async (value: string) => {
  await gate.promise
  return value
})

test.each([
  ['failed', async (branch: Promise<unknown>): Promise<unknown> => Promise.all([bad('no good'), branch])],
  ['succeeded', async (_branch: Promise<unknown>): Promise<unknown> => quick(1)],
] as const)('a step that is called after the function %s is refused and does not run', async (_end, body) => {
  gate = Promise.withResolvers()
  const branches: Promise<unknown>[] = []
  const late = pipeline('late', async () => {
    const branch = gate.promise.then(() => quick(2))
    branches.push(branch.catch((error: unknown) => error))
    return body(branch)
  })
  const run = late.start(undefined, { stack })
  await Promise.allSettled([run.result()])
  const before = calls
  gate.resolve()
  expect(await branches[0]).toMatchObject({
    code: 'STEP_OUTSIDE_RUN',
    kind: 'config',
    message: expect.stringContaining('quick'),
  })
  expect(calls).toBe(before)
})

test('a failure that is awaited late is the run’s, and no unhandled rejection', async () => {
  gate = Promise.withResolvers()
  const run = pipeline('sequence', async () => {
    const [first, second] = [slow('a'), bad('no good')]
    return [await first, await second]
  }).start(undefined, { stack })
  for await (const event of run.events()) if (event.type === 'step.failed') gate.resolve()
  await expect(run.result()).rejects.toMatchObject({ code: 'STEP_FAILED', message: expect.stringContaining('no good') })
})

test('a failure that nobody looks at fails the run in the end, and every step is awaited', async () => {
  gate = Promise.withResolvers()
  const run = pipeline('careless', async () => {
    void slow('a')
    void bad('no good')
    return 'fine'
  }).start(undefined, { stack })
  const ends: string[] = []
  for await (const event of run.events()) {
    if (event.type === 'step.failed') gate.resolve()
    if (event.type === 'step.failed' || event.type === 'step.succeeded') ends.push(event.stepName)
  }
  await expect(run.result()).rejects.toMatchObject({ message: expect.stringContaining('no good') })
  expect(ends).toEqual(['bad', 'slow'])
})

test.each([
  ['caught', async () => bad('no good').catch(() => 'instead')],
  [
    'tried',
    async () => {
      try {
        return await bad('no good')
      } catch {
        return 'instead'
      }
    },
  ],
  ['settled', async () => Promise.allSettled([bad('no good')]).then(() => 'instead')],
] as const)('a failure that the function deals with (%s) does not fail the run', async (_way, body) => {
  expect(await pipeline('careful', body).run(undefined, { stack })).toBe('instead')
})

test.each(['before the start', 'before the function'] as const)(
  'a signal that aborts %s keeps the function from being called',
  async (when) => {
    let called = false
    const stop = new AbortController()
    const never = pipeline('never', async () => {
      called = true
    })
    if (when === 'before the start') stop.abort()
    const run = never.start(undefined, { stack, signal: stop.signal })
    stop.abort()
    await expect(run.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED' })
    expect(called).toBe(false)
  },
)

test('the result of a step in this process keeps the cause and the properties of its error', async () => {
  const run = pipeline('fails', async () => bad('no good')).start(undefined, { stack })
  await expect(run.result()).rejects.toThrow('no good')
  const of = join(folder, 'store', 'runs', run.id)
  const stepRun = (await readdir(of)).find((name) => name.startsWith('bad-')) ?? ''
  const { error } = JSON.parse(await readFile(join(of, stepRun, '1', 'result.json'), 'utf8')) as { error: object }
  expect(error).toMatchObject({
    name: 'TypeError',
    message: 'no good',
    cause: { message: 'deeper', properties: { row: 7 } },
  })
})

test('a stack that cannot be used is told before a run leaves anything behind', async () => {
  const home = join(folder, 'untouched', '.sidestep')
  const before = process.env['SIDESTEP_HOME']
  process.env['SIDESTEP_HOME'] = home
  process.env['SIDESTEP_STACK'] = 'nope'
  const one = pipeline('one', async () => quick(1))
  const keeper = defineFlavor({
    type: 'step_operator',
    flavor: 'keeper',
    configSchema: async () => {
      throw new Error('it is not asked for')
    },
    load: async () => Nowhere,
  })
  const store = join(folder, 'untouched', 'store')
  const secret = new Stack({
    name: 'mine',
    artifactStore: new FolderStore({ folder: store }),
    stepOperators: { gpu: keeper({ apiKey: 'hunter2' }) },
  })
  try {
    for (const runId of [undefined, 'an-id']) {
      const options = runId === undefined ? {} : { runId }
      await expect(one.run(undefined, options)).rejects.toMatchObject({ code: 'STACK_UNKNOWN' })
      await expect(one.run(undefined, { ...options, stack: secret })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('mine.stepOperators.gpu.apiKey is refused') as string,
      })
    }
    expect([existsSync(home), existsSync(store)]).toEqual([false, false])
  } finally {
    process.env['SIDESTEP_HOME'] = before
    delete process.env['SIDESTEP_STACK']
  }
})

/** Gives no answer to calls of one kind, and says when it was asked. */
class SilentStore extends FolderStore {
  readonly asked: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #silent: 'putIfAbsent' | 'stat'

  constructor(silent: 'putIfAbsent' | 'stat') {
    super({ folder: join(folder, `silent-${silent}`) })
    this.#silent = silent
  }

  protected override async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    this.#answer('putIfAbsent')
    return super.putObjectIfAbsent(key, body)
  }

  protected override async statObject(key: string): Promise<StoredObject | undefined> {
    this.#answer('stat')
    return super.statObject(key)
  }

  #answer(call: string): void {
    if (call !== this.#silent) return
    this.asked.resolve()
    throw new Error('connect ECONNREFUSED')
  }
}

// The time limit of this test is the assertion: a store is otherwise asked again for 15 minutes.
test.each(['putIfAbsent', 'stat'] as const)(
  'a run that is cancelled before it begins does not wait for a store without an answer to %s',
  async (silent) => {
    const artifactStore = new SilentStore(silent)
    const run = pipeline('early', async (count: number) => quick(count)).start(1, {
      stack: new Stack({ name: 'silent', artifactStore, stepOperators: { nowhere: new Nowhere({}) } }),
    })
    await artifactStore.asked.promise
    await run.cancel('signal')
    await expect(run.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED' })
  },
)
