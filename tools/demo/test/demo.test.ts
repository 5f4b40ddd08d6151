import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'

import { expect, onTestFinished, test } from 'vitest'

import { homeFolder } from '../src/home-folder.ts'
import { ownEnvironment } from './own-environment.ts'

/** What Node.js keeps of compiled files, for its next start. */
const COMPILED = 'node-compile-cache'
const MAIN = join(import.meta.dirname, '../src/main.ts')

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** What it left in its temporary folder. */
  readonly left: readonly string[]
}

/** Starts the demo with a temporary folder of its own; `onText` sees what it has said on stderr so far. */
async function demo(
  args: readonly string[],
  onText?: (said: string, kill: (signal: NodeJS.Signals) => void) => void,
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const temporary = await realpath(await mkdtemp(join(tmpdir(), 'demo-test-')))
  onTestFinished(async () => rm(temporary, { recursive: true, force: true }))
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...ownEnvironment(), TMPDIR: temporary, AWS_PROFILE: 'mine', AWS_ACCESS_KEY_ID: 'mine', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Twice: at once.
  onTestFinished(() => void (child.kill('SIGTERM') && child.kill('SIGTERM')))
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    onText?.(said, (signal) => void child.kill(signal))
  })
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>])
  return { code, stdout, stderr: said, left: (await readdir(temporary)).filter((name) => name !== COMPILED) }
}

test(
  'the penguins end on a simulated SageMaker as they do here, and nothing of it is left',
  { timeout: 120_000 },
  async () => {
    const { code, stdout, stderr, left } = await demo(['--stack', 'sagemaker', '--input', '{"seed":7}'])
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('accuracy 0.986 on 69 held-out penguins')
    const result = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{\n'))) as Record<string, unknown>
    expect(result).toMatchObject({ accuracy: 0.9855072463768116, heldOut: 69 })
    expect(result['trained']).toMatch(/^s3:\/\/penguins\/penguins\/runs\//)

    expect(stderr).toMatch(/image: 127\.0\.0\.1:\d+\/penguins\/sidestep@sha256:[0-9a-f]{64}/)
    expect(stderr).toContain('AWS is simulated at http://127.0.0.1:')
    expect(stderr).toContain('CreateTrainingJob 1')
    expect(stderr).toContain('jobs run as processes of this machine (--jobs container makes them containers): with its')
    expect(stderr).toMatch(/\ngone now, whatever is named above: the account [^\n]*\n$/)
    expect(stderr).toContain('[train] trained 50 trees on 273 penguins')
    expect(left).toEqual([])
    const endpoint = /AWS is simulated at (\S+),/.exec(stderr)?.[1] ?? ''
    await expect(fetch(endpoint)).rejects.toThrow('fetch failed')
  },
)

test('Ctrl-C reaches the run once: it ends the job, and the account after it', { timeout: 120_000 }, async () => {
  let asked = false
  const { code, stderr, left } = await demo(['--stack', 'sagemaker'], (said, kill) => {
    if (asked || !said.includes('[train] -- started')) return
    asked = true
    kill('SIGINT')
  })
  expect(code, stderr).toBe(130)
  expect(stderr).toContain('what the simulator was asked:')
  expect(stderr).toContain('gone now, whatever is named above')
  expect(left).toEqual([])
})

test('one that is killed takes its launcher along', { timeout: 120_000 }, async () => {
  let asked = false
  // A launcher that lives on has its stdout and stderr, too: they would not end.
  const { code, stdout, left } = await demo(['--stack', 'sagemaker'], (said, kill) => {
    if (asked || !said.includes('[train] -- started')) return
    asked = true
    kill('SIGKILL')
  })
  expect({ code, stdout }).toEqual({ code: null, stdout: '' })
  expect(left).toContainEqual(expect.stringMatching(/^sidestep-demo-\d+-/))
})

test('what one that was killed has left, the next one removes', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'demo-test-'))
  onTestFinished(async () => rm(parent, { recursive: true, force: true }))
  const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(ended, 'exit')
  const others = [`sidestep-demo-${process.ppid}-b`, 'sidestep-demo-c', 'd']
  for (const name of [`sidestep-demo-${ended.pid}-a`, ...others]) {
    await mkdir(join(parent, name, 'runs'), { recursive: true })
  }
  const own = await homeFolder(parent)
  expect(basename(own)).toMatch(new RegExp(`^sidestep-demo-${process.pid}-`))
  expect((await readdir(parent)).toSorted()).toEqual([...others, basename(own)].toSorted())
})

test('--help teaches, and runs nothing', async () => {
  const { code, stdout, stderr, left } = await demo(['--help'])
  expect({ code, stderr, left }).toEqual({ code: 0, stderr: '', left: [] })
  for (const text of ['--stack NAME', '--jobs KIND', '--base IMAGE', '`sidestep run`']) expect(stdout).toContain(text)
})

test.each([
  [['--jobs', 'contaner'], 'simulated jobs are processes or containers', 'Write --jobs process or --jobs container.'],
  [['--jobs', 'container'], 'the engine unix:///nowhere.sock gives no answer', 'or use --jobs process.'],
])('%j is refused with a remedy where it cannot be', { timeout: 30_000 }, async (args, problem, remedy) => {
  const ended = await demo(['--stack', 'sagemaker', ...args], undefined, { DOCKER_HOST: 'unix:///nowhere.sock' })
  const { code, stderr, left } = ended
  expect({ code, left }).toEqual({ code: 2, left: [] })
  expect(stderr.split('\n')).toEqual([
    '',
    expect.stringMatching(`^✖ .*${problem}`),
    '',
    expect.stringMatching(`^ {2}hint: .*${remedy}$`),
    '',
  ])
})

test('a stack that nobody knows is named, beside those that there are', { timeout: 30_000 }, async () => {
  const { code, stderr } = await demo(['--stack', 'vertex'])
  expect(code).toBe(2)
  expect(stderr).toContain('containers (sidestep.yaml), sagemaker (sidestep.yaml), default (this machine)')
})
