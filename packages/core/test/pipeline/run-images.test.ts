import { mkdtemp, mkdir, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterEach, beforeEach, expect, test } from 'vitest'

import type { ArtifactStore } from '../../src/artifact/artifact-store.ts'
import { systemClock } from '../../src/clock.ts'
import { SidestepError } from '../../src/errors.ts'
import { Journal } from '../../src/journal/journal.ts'
import type { Pipeline } from '../../src/pipeline/pipeline.ts'
import type { RunEvent } from '../../src/pipeline/run-events.ts'
import { RunImages, withPathOf, type ImageOf } from '../../src/pipeline/run-images.ts'
import { mirrorRun } from '../../src/runs/mirror-run.ts'
import { planPipeline } from '../../src/runs/plan.ts'
import { readRunTree } from '../../src/runs/read-run-tree.ts'
import { readDetails, type RunDetails } from '../../src/runs/run-details.ts'
import { RunStacks } from '../../src/runs/run-stacks.ts'
import type { RunsPlace } from '../../src/runs/runs-place.ts'
import { Stack } from '../../src/stack/stack.ts'
import { FolderImageBuilder, FolderImageOperator } from '../support/folder-images.ts'
import { FolderStore } from '../support/folder-store.ts'

let base: string
let store: FolderStore
let builder: FolderImageBuilder
let operator: FolderImageOperator
let stack: Stack
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-images-')))
  process.env['SIDESTEP_HOME'] = join(base, 'home')
  store = new FolderStore({ folder: join(base, 'store') })
  store.runtime = join(import.meta.dirname, '../support/folder-runtime.ts')
  builder = new FolderImageBuilder({ folder: join(base, 'images') })
  operator = new FolderImageOperator({ folder: join(base, 'images') })
  stack = new Stack({ name: 'mine', artifactStore: store, imageBuilder: builder, stepOperators: { boxes: operator } })
  await mkdir(join(base, 'app/node_modules/@sidestep'), { recursive: true })
  await symlink(join(import.meta.dirname, '../..'), join(base, 'app/node_modules/@sidestep/core'))
  await writeFile(join(base, 'app/package.json'), '{ "name": "app", "type": "module" }')
})
afterEach(async () => {
  delete process.env['SIDESTEP_HOME']
  await rm(base, { recursive: true, force: true, maxRetries: 5 })
})

/** A pipeline whose step doubles numbers, and whose function is `body`. */
async function pipelineOf(name: string, body: string, config: string = ''): Promise<Pipeline<unknown, unknown>> {
  const file = join(base, 'app', `${name}.mjs`)
  await writeFile(
    file,
    `import { pipeline, step } from '@sidestep/core'
     const double = step({ name: 'double-${name}', stepOperator: true, ${config} }, async (value) => 2 * value)
     export default pipeline('${name}', async () => { ${body} }, { module: import.meta.url })`,
  )
  const { default: pipeline } = (await import(pathToFileURL(file).href)) as { default: Pipeline<unknown, unknown> }
  return pipeline
}

/** Has the store of these tests, whose class no other process could find. */
class StacksHere extends RunStacks {
  override async store(): Promise<ArtifactStore> {
    return store
  }
}

/** As `sidestep runs show` reads a run, with the journal of one home folder. */
async function detailsOf(
  runId: string,
  home: string,
  prepare: (place: RunsPlace) => Promise<unknown> = async () => undefined,
): Promise<RunDetails> {
  using journal = await Journal.open(home)
  const stacks = new StacksHere({ cwd: base, packagesFrom: [] })
  const place = { journal, home, stacks, clock: systemClock, random: Math.random }
  await prepare(place)
  return await readDetails(runId, place)
}

function images(signal: AbortSignal = new AbortController().signal): RunImages {
  return new RunImages({ stack, home: join(base, 'home'), signal })
}

async function imageOf(code: string, platform?: string): Promise<ImageOf> {
  const path = join(base, `${code}.mjs`)
  await writeFile(path, code)
  return {
    config: { dockerSettings: platform === undefined ? {} : { platform } },
    bundle: { path, uri: '', sha256: code.repeat(8), requirements: [] },
    projectFolder: base,
  }
}

const QUIET = { report: () => undefined }

test('steps of a run share one image, and its digest is told, recorded and shown', async () => {
  const pipeline = await pipelineOf('numbers', 'return Promise.all([double(1), double(2), double(3)])')
  const run = pipeline.start(undefined, { stack })
  const events: RunEvent[] = []
  for await (const event of run.events()) events.push(event)
  expect(await run.result()).toEqual([2, 4, 6])
  expect(builder.recipes).toHaveLength(1)
  expect(builder.recipes[0]).toMatchObject({
    platform: 'linux/arm64',
    projectFolder: join(base, 'app'),
    bundle: { requirements: [] },
  })
  const [digest = ''] = await readdir(join(base, 'images'))
  const image = `folder.test/steps@sha256:${digest}`
  expect(operator.launched.map((info) => info.image)).toEqual([image, image, image])
  expect(events.filter(({ type }) => type === 'attempt.image')).toMatchObject([{ image }, { image }, { image }])
  const lines = events.flatMap((event) => (event.type === 'log' && event.stream === 'image' ? [event.text] : []))
  expect(new Set(lines)).toEqual(new Set(['building on base 1']))

  const { steps } = await detailsOf(run.id, join(base, 'home'))
  expect(steps.map(({ attempts }) => attempts)).toEqual(
    [1, 2, 3].map(() => [{ number: 1, outcome: { status: 'succeeded' }, image }]),
  )
  const spec = await readFile(join(base, 'store/runs', run.id, steps[0]?.stepRunId ?? '', '1/spec.json'), 'utf8')
  expect(JSON.parse(spec)).toMatchObject({ image: { image, command: ['node', '/opt/sidestep/step.mjs'] } })
})

test('another machine that takes a run in from its store knows its image', async () => {
  const pipeline = await pipelineOf('moved', 'return double(21)')
  const run = pipeline.start(undefined, { stack })
  expect(await run.result()).toBe(42)
  const { steps } = await detailsOf(run.id, join(base, 'other-home'), async (place) =>
    mirrorRun(await readRunTree(run.id, store), store.uri, place),
  )
  expect(steps[0]?.attempts).toMatchObject([{ number: 1, image: operator.launched[0]?.image }])
})

test('what its machines are is asked of an operator once, and again where it failed', async () => {
  const run = images()
  let asked = 0
  operator.imagePlatform = async () => {
    asked += 1
    if (asked === 1) throw new Error('the engine is away')
    return 'linux/arm64'
  }
  await expect(run.platformOf(operator)).rejects.toThrow('the engine is away')
  expect(await Promise.all([run.platformOf(operator), run.platformOf(operator)])).toEqual([
    'linux/arm64',
    'linux/arm64',
  ])
  await run.build(await imageOf('one'), operator, QUIET)
  expect(asked).toBe(2)
})

test('what went into an image is told by its builder, or asked for', async () => {
  const step = await imageOf('one')
  const parts = [{ name: 'base', description: 'as it was built' }]
  const build = builder.build.bind(builder)
  builder.build = async (recipe, options) => ({ ...(await build(recipe, options)), parts })
  const { built, parts: told } = await images().buildPlanned(step, operator, QUIET)
  expect(told).toEqual(parts)
  // What is written of an attempt is the image alone.
  expect(await images().build(step, operator, QUIET)).toEqual(built)
  expect(Object.keys(built)).toEqual(['image', 'command'])
})

test('equal recipes are built once however many wait, each of whom hears how it goes; others by themselves', async () => {
  const run = images()
  const gate = Promise.withResolvers<void>()
  builder.gate = gate.promise
  const heard: string[] = []
  const asked = await Promise.all(
    ['one', 'one', 'two'].map(async (code, n) => ({ step: await imageOf(code), report: () => heard.push(`${n}`) })),
  )
  const building = Promise.all(asked.map(({ step, report }) => run.build(step, operator, { report })))
  gate.resolve()
  const [first, same, other] = await building
  expect(same).toEqual(first)
  expect(other).not.toEqual(first)
  expect(builder.recipes).toHaveLength(2)
  expect(heard.toSorted()).toContain('2')
  expect(await run.build(await imageOf('one'), operator, QUIET)).toEqual(first)
  expect(builder.recipes).toHaveLength(2)
})

test("a step's own platform is that of its image", async () => {
  await images().build(await imageOf('one', 'linux/amd64'), operator, QUIET)
  expect(builder.recipes[0]?.platform).toBe('linux/amd64')
})

test("a step's own PATH is that of its image, so that the builder sees to Node.js in it; of what runs as it is, it is not", async () => {
  const own = "docker: { environment: { A: 'a', PATH: '/no' } }, environment: { PATH: '/nowhere', B: 'b' }"
  await (await pipelineOf('own-path', 'return double(1)', own)).run(undefined, { stack })
  expect(builder.recipes[0]?.dockerSettings.environment).toEqual({ A: 'a', PATH: '/nowhere' })
  await (await pipelineOf('no-path', 'return double(1)', "environment: { B: 'b' }")).run(undefined, { stack })
  expect(builder.recipes[1]?.dockerSettings).toEqual({})
  const ready = { config: { dockerSettings: { skipBuild: true } } } as ImageOf
  expect(withPathOf(ready, { PATH: '/nowhere' })).toBe(ready)
})

test('a build that failed is tried again by the next one who asks', async () => {
  const run = images()
  builder.failure = new SidestepError('the registry is away', { code: 'REGISTRY_FAILED', kind: 'infra' })
  const step = await imageOf('one')
  const both = await Promise.allSettled([1, 2].map(() => run.build(step, operator, QUIET)))
  expect(both).toMatchObject([{ reason: { code: 'REGISTRY_FAILED' } }, { reason: { code: 'REGISTRY_FAILED' } }])
  expect(builder.recipes).toHaveLength(1)
  expect((await run.build(step, operator, QUIET)).image).toMatch(/@sha256:/)
})

test('an image whose bundle turns out not to load is not given, whatever its builder waits for', async () => {
  const all = images()
  const step = await imageOf('one')
  const why = new SidestepError('the module does not load', { code: 'MODULE_LOAD_FAILED', kind: 'config' })
  const ready = Promise.reject(why)
  await expect(all.build(step, operator, { report: () => undefined, ready })).rejects.toBe(why)
  const { image } = await all.build(step, operator, QUIET)
  expect(image).toContain('@sha256:')
})

test('a run that is stopped ends its build, and begins no other', async () => {
  const stop = new AbortController()
  const run = images(stop.signal)
  builder.gate = new Promise(() => undefined)
  const building = run.build(await imageOf('one'), operator, { report: () => stop.abort(new Error('enough')) })
  await expect(building).rejects.toThrow('enough')
  await expect(run.build(await imageOf('two'), operator, QUIET)).rejects.toThrow('enough')
  expect(builder.recipes).toHaveLength(1)
})

test.each([
  ['a tag', { image: 'folder.test/steps:latest', command: ['node'] }],
  ['no command', { image: `folder.test/steps@sha256:${'a'.repeat(64)}` }],
  ['nothing', undefined],
])('a builder that gives %s is refused', async (_what, built) => {
  builder.build = async () => built as never
  await expect(images().build(await imageOf('one'), operator, QUIET)).rejects.toMatchObject({
    code: 'COMPONENT_INVALID',
    kind: 'config',
    message: expect.stringContaining('folders'),
  })
})

test('a step that fails to get its image is retried as its failure says, and has run nowhere', async () => {
  builder.failure = new SidestepError('apt-get failed', { code: 'IMAGE_FAILED', kind: 'config', hint: 'See line 3.' })
  const pipeline = await pipelineOf('unbuilt', 'return double(1)')
  await expect(pipeline.run(undefined, { stack })).rejects.toMatchObject({
    code: 'IMAGE_FAILED',
    kind: 'config',
    hint: 'See line 3.',
    message: 'the step double-unbuilt failed: apt-get failed',
  })
  expect(operator.launched).toEqual([])
})

test('a cached result is that of its base: another base is another key', async () => {
  const pipeline = await pipelineOf('kept', 'return double(4)', 'cache: true')
  for (const base of ['base 1', 'base 1', 'base 2']) {
    builder.base = base
    expect(await pipeline.run(undefined, { stack })).toBe(8)
  }
  expect(operator.launched).toHaveLength(2)
})

test('a plan shows what goes into the image, and builds it only where it is told to', async () => {
  const pipeline = await pipelineOf('planned', 'return double(1)')
  const [planned] = (await planPipeline(pipeline, { stack })).steps
  const parts = [
    { name: 'base', description: 'base 1' },
    { name: 'code', description: 'step.mjs', size: expect.any(Number) },
  ]
  expect(planned?.problem).toBeUndefined()
  expect(planned?.image).toEqual({ parts })
  expect(builder.recipes).toEqual([])

  const lines: string[] = []
  const buildImages = { report: (line: string) => void lines.push(line) }
  const [built] = (await planPipeline(pipeline, { stack, buildImages })).steps
  const [digest = ''] = await readdir(join(base, 'images'))
  expect(built?.image).toEqual({ parts, reference: `folder.test/steps@sha256:${digest}` })
  expect(lines).toEqual(['building on base 1'])
  expect(await pipeline.run(undefined, { stack })).toBe(2)
  expect(operator.launched[0]?.image).toBe(built?.image?.reference)
})
