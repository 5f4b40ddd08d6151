import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { ScaledClock, SIMULATORS, startSimulator } from '@sidestep/simulators'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createProgram } from '../src/program.ts'
import { jobsText } from '../src/view/simulator-text.ts'
import type { Style } from '../src/view/style.ts'
import type { SimulatorsPackage } from '../src/simulate/simulators-package.ts'
import { readFault } from '../src/simulate/wanted-fault.ts'
import { readRate } from '../src/simulate/wanted-rate.ts'
import { shellEnvironment, sidestep, sidestepEach, startSidestep, type Started } from './helpers/sidestep.ts'

let folder: string
const left: Started[] = []

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-simulate-')))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const { child } of left.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface First {
  readonly simulator: string
  readonly endpoint: string
  readonly services: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly jobs: string
  readonly seed: string
  readonly folder: string | null
}

interface Running {
  readonly started: Started
  readonly first: First
}

/** Starts one, and waits for its first line. */
async function simulate(...args: readonly string[]): Promise<Running> {
  // Without an engine it says the same wherever this runs.
  const environment = { DOCKER_HOST: 'unix:///nothing', TMPDIR: folder }
  const started = startSidestep(['simulate', ...args, '--output', 'json'], { cwd: folder, environment })
  left.push(started)
  const line = once(createInterface({ input: started.child.stdout! }), 'line')
  const [text] = (await Promise.race([line, started.finished.then(({ stderr }) => [stderr])])) as [string]
  return { started, first: JSON.parse(text) as First }
}

/** Sends a signal, and gives what came at the end. */
async function end(
  { started }: Running,
  signal: NodeJS.Signals,
): Promise<{ readonly code: number | null; readonly last: unknown; readonly stderr: string }> {
  started.child.kill(signal)
  const { code, stdout, stderr } = await started.finished
  return { code, last: JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''), stderr }
}

/** A client that knows nothing but the variables that were printed. */
function clientOf({ first }: Running): S3Client {
  for (const [name, value] of Object.entries(first.environment)) vi.stubEnv(name, value)
  return new S3Client({ maxAttempts: 4 })
}

test('an official SDK finds it by what is printed, meets the faults, and all calls are counted at the end', async () => {
  const running = await simulate('aws', '--fault', 'throttle:s3.PutObject:2', '--seed', 'monday')
  const { first } = running
  const registry: unknown = expect.stringMatching(/^127\.0\.0\.1:\d+$/)
  expect(first).toMatchObject({ simulator: 'aws', registry, seed: 'monday', folder: null })
  expect(first.services).toEqual(expect.arrayContaining(['s3', 'sagemaker', 'ecr']))
  expect(first.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(first.jobs).toMatch(/^jobs run as processes of this machine \(.*\/nothing/)
  const client = clientOf(running)
  await client.send(new CreateBucketCommand({ Bucket: 'things' }))
  await client.send(new PutObjectCommand({ Bucket: 'things', Key: 'a', Body: 'text' }))
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'things', Key: 'a' }))
  expect(await Body?.transformToString()).toBe('text')
  client.destroy()
  expect(await readdir(folder)).toEqual([expect.stringMatching(/^sidestep-simulator-/)])
  expect(await end(running, 'SIGINT')).toEqual({
    code: 0,
    last: { calls: { 's3.CreateBucket': 1, 's3.PutObject': 3, 's3.GetObject': 1 }, jobs: [], error: null },
    stderr: '',
  })
  expect(await readdir(folder)).toEqual([])
})

test('a fault that never happened is an error, and so it is told', async () => {
  const { code, last, stderr } = await end(await simulate('gcp', '--fault', 'slow:gcs.objects.insert:0.5'), 'SIGTERM')
  expect(code).toBe(1)
  expect(last).toMatchObject({ calls: {}, error: { name: 'UnmetFaultsError' } })
  expect(stderr).toMatch(/slow of gcs\.objects\.insert \(probability 0\.5\): happened 0 of any number of times/)
})

test('as text: the endpoint and its variables, for a shell; at the end a table', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const state = join(folder, 'state')
  const args = ['simulate', 'azure', '--port', String(port), '--folder', state, '--time-scale', '60']
  const started = startSidestep(args, { cwd: folder, environment: { DOCKER_HOST: 'unix:///nothing' } })
  left.push(started)
  await vi.waitFor(() => expect(started.stderr()).toContain('Ctrl-C ends it'), 10_000)
  expect(existsSync(state)).toBe(true)
  const date = async (): Promise<number> =>
    Date.parse((await fetch(`http://127.0.0.1:${port}/simulator?comp=list`)).headers.get('date') ?? '')
  const before = await date()
  await vi.waitFor(async () => expect((await date()) - before).toBeGreaterThan(20_000), 5_000)
  started.child.kill('SIGTERM')
  const { code, stdout, stderr } = await started.finished
  expect(code, stderr).toBe(0)
  expect(stdout).toContain(
    `azure is simulated at http://127.0.0.1:${port}: blob\nexport AZURE_STORAGE_CONNECTION_STRING='`,
  )
  expect(stdout).toMatch(/\noperation +calls\nblob\.ListContainers +\d+\n$/)
  expect(stderr).toMatch(/^jobs run as processes of this machine/)
  await rm(state, { recursive: true })
})

test('what it cannot do as it was asked to is wrong input', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['heroku'], /no simulator of a cloud "heroku"[^]*hint: There are: aws, gcp, azure\./],
    [['awz'], /no simulator of a cloud "awz"[^]*hint: Did you mean aws\? There are: aws, gcp, azure\./],
    [['aws', '--port', '70000'], /--port.*0 to 65535/],
    [['aws', '--port', String(port)], /another program listens on the port/],
    [['aws', '--time-scale', '0'], /--time-scale.*0\.001 to 10000/],
    [['aws', '--fault', 'throttle'], /--fault throttle is no fault/],
    [['aws', '--fault', 'throttle:sqs.SendMessage'], /sqs\.SendMessage.*s3/],
    [['aws', '--fault', 'throttle:s3.PutObjekt'], /s3\.PutObjekt.*operations of s3 are .*PutObject/],
    [['aws', '--fault', 'trottle:s3.PutObject'], /trottle.*throttle/],
    [['aws', '--fault', 'throttle:s3.PutObject:0.0'], /probability 0/],
  ]
  try {
    const lines = wrong.map(([args]) => ['simulate', ...args])
    const all = await sidestepEach(lines, { cwd: folder })
    for (const [index, { code, stdout, stderr }] of all.entries()) {
      expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
      expect(stderr).toMatch(wrong[index]![1])
      expect(stderr).toContain('hint: ')
    }
  } finally {
    server.close()
  }
})

test('at the end each job is told, with its faults and its end', () => {
  const job = { service: 'sagemaker', name: 'train', image: 'i', command: [], attempts: 1, faults: [] }
  const plain: Style = (_, text) => text
  expect(jobsText([], plain)).toEqual([])
  expect(
    jobsText(
      [
        { ...job, end: { exitCode: 0, outOfMemory: false } },
        { ...job, name: 'big', faults: ['oom'], end: { exitCode: 137, outOfMemory: true } },
        {
          ...job,
          name: 'far',
          attempts: 0,
          end: { exitCode: null, outOfMemory: false, startError: 'no\u0007 machine' },
        },
        {
          ...job,
          name: 'lost',
          attempts: 2,
          faults: ['interruption', 'log-gap'],
          end: { exitCode: null, outOfMemory: false },
        },
        { ...job, name: 'long' },
      ],
      plain,
    ),
  ).toEqual([
    'job              began    end                                   faults',
    'sagemaker train  once     exit code 0',
    'sagemaker big    once     exit code 137: killed for its memory  oom',
    'sagemaker far    never    no machine',
    'sagemaker lost   2 times  nobody saw its end                    interruption, log-gap',
    'sagemaker long   once     it has not ended',
  ])
})

test('where the package is missing, it says which one to install', async () => {
  const module = new URL('../src/simulate/simulators-package.ts', import.meta.url).href
  const script = `import { loadSimulators } from '${module}'
await loadSimulators({ beside: 'file://${folder}/cli.js' }).catch((error) => console.log(JSON.stringify(error)))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    env: shellEnvironment(),
  })
  expect(JSON.parse(stdout)).toMatchObject({
    code: 'PACKAGE_NOT_FOUND',
    kind: 'config',
    hint: 'npm install --save-dev @sidestep/simulators',
  })
  const place = join(folder, 'node_modules/@sidestep/simulators')
  await mkdir(place, { recursive: true })
  await writeFile(join(place, 'package.json'), '{ "type": "module", "exports": "./index.js" }')
  await writeFile(join(place, 'index.js'), 'export const nothing = 1')
  const { code, stderr } = await sidestep(['simulate', 'aws'], { cwd: folder })
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('has no startSimulator()') })
  await rm(join(folder, 'node_modules'), { recursive: true })
})

test('it knows the simulators as they are', async () => {
  const program = await createProgram({ only: 'simulate' })
  expect(program.commands[0]?.registeredArguments[0]?.argChoices).toEqual(SIMULATORS)
  // The compiler says so where the package has something else.
  const simulators: SimulatorsPackage = { startSimulator, ScaledClock }
  const simulator = await simulators.startSimulator('azure', { clock: new simulators.ScaledClock(2) })
  simulator.addFaults({ kind: 'throttle', operation: 'blob.PutBlob' })
  simulator.clearFaults()
  expect(simulator.services).toEqual(['blob'])
  await simulator.close()
})

test('faults are once, so many times, or a part of all', () => {
  const fault = { kind: 'throttle', operation: 's3.PutObject' }
  expect(readFault('throttle:s3.PutObject')).toEqual({ ...fault, times: 1 })
  expect(readFault('throttle:s3.PutObject:3')).toEqual({ ...fault, times: 3 })
  expect(readFault('throttle:s3.PutObject:.25')).toEqual({ ...fault, times: Infinity, probability: 0.25 })
  expect(readFault('throttle:s3.PutObject:1.0')).toEqual({ ...fault, times: Infinity, probability: 1 })
  expect(readFault('throttle:s3.PutObject,after=2,delay=-5000,path=^/a,b:c')).toEqual({
    ...fault,
    times: 1,
    after: 2,
    delayMs: -5000,
    path: /^\/a,b:c/,
  })
  expect(readFault('throttle:s3.PutObject:3,delay=1')).toEqual({ ...fault, times: 3, delayMs: 1 })
  expect(() => readFault('throttle:s3.PutObject,path=(')).toThrow('cannot be read')
  for (const text of [
    '',
    'throttle',
    ':s3.x',
    'throttle:',
    'throttle:s3.x:',
    'throttle:s3.x:0',
    'throttle:s3.x:-1',
    'slow:s3.x,delay=x',
    'slow:s3.x,delay=1,after=1',
    'slow:s3.x,',
  ]) {
    expect(() => readFault(text), text).toThrow('is no fault')
  }
})

test('rates are calls a second, and how many at once', () => {
  expect(readRate('s3.PutObject=10')).toEqual(['s3.PutObject', { perSecond: 10 }])
  expect(readRate('s3.*=0.5/20')).toEqual(['s3.*', { perSecond: 0.5, burst: 20 }])
  for (const text of ['s3.PutObject', 's3.PutObject=', '=1', 's3.*=x', 's3.*=1/x', 's3.*=-1']) {
    expect(() => readRate(text), text).toThrow('is no rate')
  }
})

test('by hand too, lists lag behind, rates count, and faults say when and how long', async () => {
  const fault = 'slow:s3.ListObjectsV2,after=1,delay=300,path=^/things'
  const running = await simulate('aws', '--rate', 's3.HeadBucket=0.001/1', '--list-delay', '600000', '--fault', fault)
  const client = clientOf(running)
  await client.send(new CreateBucketCommand({ Bucket: 'things' }))
  await client.send(new PutObjectCommand({ Bucket: 'things', Key: 'a', Body: 'text' }))
  const list = async () => client.send(new ListObjectsV2Command({ Bucket: 'things' }))
  expect((await list()).KeyCount).toBe(0)
  const began = performance.now()
  await list()
  expect(performance.now() - began).toBeGreaterThan(250)
  const impatient = new S3Client({ maxAttempts: 1 })
  await impatient.send(new HeadBucketCommand({ Bucket: 'things' }))
  await expect(impatient.send(new HeadBucketCommand({ Bucket: 'things' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 503 },
  })
  impatient.destroy()
  client.destroy()
  expect(await end(running, 'SIGTERM')).toMatchObject({ code: 0, last: { error: null } })
})
