import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Stack, type RunEvent } from '@sidestep/core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { local, localArtifactStore } from '../../src/index.ts'
import { temporaryHome } from '../support/runs.ts'
import { hidden } from './fixtures/hidden.ts'

const CANARY = 'canary-7c1f5b0e-never-written'
const FILE_CANARY = 'file-canary-2d9a44-never-written'

let home: Awaited<ReturnType<typeof temporaryHome>>
let fixtures: typeof import('./fixtures/pipelines.ts')
let secretFile: string

beforeAll(async () => {
  home = await temporaryHome()
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-secret-'))
  secretFile = join(folder, 'token')
  await writeFile(secretFile, FILE_CANARY)
  process.env['CANARY_FILE'] = secretFile
  process.env['CANARY'] = CANARY
  fixtures = await import('./fixtures/pipelines.ts')
})
afterAll(async () => {
  delete process.env['CANARY']
  await rm(join(secretFile, '..'), { recursive: true, force: true })
  await home.remove()
})

async function eventsOf(run: { events(): AsyncIterable<RunEvent> }): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of run.events()) events.push(event)
  return events
}

test('parallel calls of one step are told apart, and their references fan in', async () => {
  const run = fixtures.squares.start(4)
  const events = await eventsOf(run)
  expect(await run.result()).toEqual({ total: 14, parts: [0, 1, 4, 9] })
  const ids = events.flatMap((event) =>
    event.type === 'step.started' && event.stepName === 'square' ? [event.stepRunId] : [],
  )
  expect(new Set(ids).size).toBe(4)
})

test("rich values, a class by a materializer of one's own, and folders go from job to job", async () => {
  const { when, wide, files } = await fixtures.values.run(undefined)
  expect(when).toEqual({
    when: new Date(86_400_000),
    counts: new Map([['a', 1n]]),
    weights: new Float64Array([0.5, Number.NaN]),
    nothing: undefined,
  })
  expect(Object.hasOwn(when, 'nothing')).toBe(true)
  expect(wide).toBe(5)
  expect(files).toEqual(['index.txt', 'pages/1.txt'])
})

test("a job sees its own environment and nothing of the launcher's", async () => {
  const { pid, step, greeting, names, sends } = await fixtures.where.run(undefined)
  expect(pid).not.toBe(process.pid)
  expect({ step, greeting, sends }).toEqual({ step: 'whereami', greeting: 'hello', sends: 'undefined' })
  expect(names).not.toContain('CANARY')
  expect(names).not.toContain('SIDESTEP_NONCE')
  expect(names).not.toContain('VITEST')
})

test('secrets reach the step, and stand in nothing that was written', async () => {
  expect(await fixtures.secrets.run(undefined)).toEqual({ length: CANARY.length, fromFile: FILE_CANARY.length })
  const failure: unknown = await fixtures.leak.run(undefined).catch((error: unknown) => error)
  expect(String(failure)).toContain('cannot log in with ***')
  const written = await filesBelow(home.path)
  expect(written.length).toBeGreaterThan(10)
  for (const file of written) {
    const text = (await readFile(file)).toString('latin1')
    expect(text.includes(CANARY), file).toBe(false)
    expect(text.includes(FILE_CANARY), file).toBe(false)
  }
  const logs = await Promise.all(
    written.filter((file) => file.endsWith('.jsonl')).map((file) => readFile(file, 'utf8')),
  )
  expect(logs.join('')).toContain('the token is ***')
})

test('a secret that is missing is a config error before anything is created', async () => {
  delete process.env['CANARY']
  try {
    await expect(fixtures.secrets.run(undefined)).rejects.toMatchObject({ kind: 'config', code: 'SECRET_MISSING' })
  } finally {
    process.env['CANARY'] = CANARY
  }
})

test('a command step gets files and leaves files', async () => {
  expect(await fixtures.commands.run(undefined)).toEqual({ sums: { cat: 8, dog: 4 }, files: ['names.txt'] })
})

test('a command that fails, is not there, or forgets its output says so', async () => {
  await expect(fixtures.failingCommands.run('failing')).rejects.toMatchObject({
    kind: 'step',
    message: expect.stringContaining('exited with code 9'),
    job: { lastLogLines: ['to the log'], exitCode: 9 },
  })
  await expect(fixtures.failingCommands.run('absent')).rejects.toMatchObject({
    kind: 'step',
    message: expect.stringContaining('no-such-program-here'),
  })
  await expect(fixtures.failingCommands.run('forgetful')).rejects.toMatchObject({
    kind: 'step',
    message: expect.stringContaining('model'),
  })
})

test('a cached step is computed once for each input', async () => {
  const first = await fixtures.cached.run(1)
  const run = fixtures.cached.start(1)
  const events = await eventsOf(run)
  expect(await run.result()).toEqual(first)
  expect(events.find((event) => event.type === 'step.succeeded')).toMatchObject({ cached: true })
  expect(await fixtures.cached.run(2)).not.toEqual(first)
})

test('a missing object is a miss', async () => {
  const first = await fixtures.cached.run(3)
  for (const file of await filesBelow(join(home.path, 'store', 'runs'))) {
    if (file.endsWith('/outputs/value')) await rm(file)
  }
  expect(await fixtures.cached.run(3)).not.toEqual(first)
})

test('a cached step whose file the pipeline does not import statically is refused: what it depends on is not known', async () => {
  await expect(hidden.run(undefined)).rejects.toMatchObject({
    kind: 'config',
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('hidden-step.ts'),
    hint: expect.stringContaining('statically'),
  })
})

test('the default stack says once what it is, where a step has an operator', async () => {
  const run = fixtures.squares.start(3)
  const events = await eventsOf(run)
  const at = events.findIndex(({ type }) => type === 'warning')
  expect(events[at]).toMatchObject({ message: expect.stringMatching(/this machine.*resources are not enforced/) })
  expect(events[at + 1]).toMatchObject({ type: 'step.started', operator: 'local' })
  expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1)

  const silent = await eventsOf(fixtures.cached.start(1))
  expect(silent.filter(({ type }) => type === 'warning')).toEqual([])
  const stack = new Stack({
    name: 'chosen',
    artifactStore: localArtifactStore({ path: join(home.path, 'chosen-store') }),
    stepOperators: { here: local({ home: home.path }) },
  })
  const chosen = await eventsOf(fixtures.squares.start(1, { stack }))
  expect(chosen.filter(({ type }) => type === 'warning')).toEqual([])
})

test('a job that was called without being awaited does not outlive its run, whatever became of that', async () => {
  const run = fixtures.unawaited.start(undefined)
  await expect(run.result()).rejects.toMatchObject({ kind: 'step', message: expect.stringContaining('no good') })
  expect(await home.liveJobs()).toEqual([])
})

test('when the pipeline fails, the steps that still run are stopped, and nothing is left', async () => {
  const run = fixtures.siblings.start(undefined)
  const events = await eventsOf(run)
  await expect(run.result()).rejects.toMatchObject({ kind: 'step', message: expect.stringContaining('no good') })
  const ends = events.flatMap((event) => (event.type === 'step.failed' ? [[event.stepName, event.error.kind]] : []))
  expect(ends).toEqual([
    ['bad', 'step'],
    ['sibling', 'stopped'],
  ])
  expect(await home.liveJobs()).toEqual([])
})

test('an id names one run, and a key one call', async () => {
  const once = await fixtures.cached.run(1, { runId: 'once' })
  expect(await fixtures.cached.run(1, { runId: 'once' })).toEqual(once)
  const conflict = { code: 'RUN_CONFLICT', kind: 'config' }
  await expect(fixtures.cached.run(2, { runId: 'once' })).rejects.toMatchObject(conflict)
  await expect(fixtures.squares.run(1, { runId: 'once' })).rejects.toMatchObject(conflict)
  await expect(fixtures.cached.run(1, { runId: 'Not an id' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await expect(fixtures.twiceTheKey.run(undefined)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('k1'),
  })
})

test('more than the machine has is refused by a configured operator, and not enforced by the default stack', async () => {
  expect(await fixtures.greed.run(undefined)).toBe(1)
  const stack = new Stack({
    name: 'strict',
    artifactStore: localArtifactStore({ path: join(home.path, 'strict-store') }),
    stepOperators: { here: local({ home: home.path }) },
  })
  await expect(fixtures.greed.run(undefined, { stack })).rejects.toMatchObject({
    kind: 'config',
    code: 'RESOURCES_UNAVAILABLE',
  })
})

test("every object of the store's tree is where the layout says", async () => {
  await fixtures.squares.run(1, { runId: 'tree' })
  const keys = (await filesBelow(join(home.path, 'store', 'runs', 'tree'))).map((file) =>
    file
      .slice(join(home.path, 'store', 'runs', 'tree').length + 1)
      .replace(/-[0-9a-f]{16}/, '-H')
      .replace(/[0-9a-f]{64}/, 'SHA'),
  )
  expect([...new Set(keys)].toSorted()).toEqual([
    'code.json',
    'ends/1.json',
    'inputs/SHA',
    'launchers/1.json',
    'run.json',
    'square-H/1/1/heartbeat',
    'square-H/1/1/outputs/value',
    'square-H/1/creates/1.json',
    'square-H/1/handle.json',
    'square-H/1/incarnation-1.json',
    'square-H/1/intent.json',
    'square-H/1/owner.json',
    'square-H/1/result.json',
    'square-H/1/spec.json',
    'total-H/1/1/outputs/value',
    'total-H/1/result.json',
    'total-H/1/spec.json',
  ])
})

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
