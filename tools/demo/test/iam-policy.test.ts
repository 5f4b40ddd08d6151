import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { fencesOf } from '@sidestep/config/fences'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { simulatedSagemaker, type SimulatedSagemaker } from '../src/simulated-sagemaker.ts'
import { rightsOf, type Right } from './aws-rights.ts'
import { ownEnvironment } from './own-environment.ts'

const PAGE = join(import.meta.dirname, '../../../docs/sagemaker.md')
const CLI = fileURLToPath(import.meta.resolve('@sidestep/cli/package.json').replace(/package\.json$/, 'src/bin.ts'))
const PENGUINS = dirname(fileURLToPath(import.meta.resolve('@sidestep/example-penguins/package.json')))
/** The credentials of each. Those of jobs are the simulator's own. */
const LAUNCHER = 'LAUNCHER'
const JOB = 'simulator'

/** What the policies have for calls that the simulator does not see, and why. */
const UNSEEN = {
  launcher: {
    'ecr:BatchCheckLayerAvailability': 'the registry, by its HTTP API: is a layer there',
    'ecr:BatchGetImage': 'the registry: is an image there',
    'ecr:CompleteLayerUpload': 'the registry: a push',
    'ecr:GetDownloadUrlForLayer': 'the registry: an image on one of ours reads it',
    'ecr:InitiateLayerUpload': 'the registry: a push',
    'ecr:PutImage': 'the registry: a push',
    'ecr:UploadLayerPart': 'the registry: a push',
    'logs:DescribeLogStreams': 'the last lines of a job that has left none in the bucket',
    'logs:GetLogEvents': 'the last lines of a job that has left none in the bucket',
    's3:AbortMultipartUpload': 'a value above 5 MiB whose upload is broken off',
  },
  job: {
    'ecr:BatchCheckLayerAvailability': 'SageMaker pulls the image as the role',
    'ecr:BatchGetImage': 'SageMaker pulls the image as the role',
    'ecr:GetAuthorizationToken': 'SageMaker pulls the image as the role',
    'ecr:GetDownloadUrlForLayer': 'SageMaker pulls the image as the role',
    'logs:CreateLogGroup': 'SageMaker writes the log as the role',
    'logs:CreateLogStream': 'SageMaker writes the log as the role',
    'logs:DescribeLogStreams': 'SageMaker writes the log as the role',
    'logs:PutLogEvents': 'SageMaker writes the log as the role',
    's3:AbortMultipartUpload': 'a value above 5 MiB whose upload is broken off',
  },
} as const

const running = new Set<ChildProcess>()
let account: SimulatedSagemaker
let home: string

beforeAll(async () => {
  account = await simulatedSagemaker({ jobs: 'process' })
  home = await mkdtemp(join(tmpdir(), 'iam-policy-'))
})

afterAll(async () => {
  // One that outlives its test would ask for ever an account that is gone.
  for (const child of running) child.kill('SIGKILL')
  await account.close()
  await rm(home, { recursive: true, force: true })
})

/** `sidestep …` in the project of the penguins, as the launcher. */
async function sidestep(
  args: readonly string[],
  onText?: (said: string, kill: () => void) => void,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: PENGUINS,
    env: {
      ...ownEnvironment(),
      ...account.environment,
      SIDESTEP_HOME: home,
      SIDESTEP_STACK: 'sagemaker',
      AWS_ACCESS_KEY_ID: LAUNCHER,
      AWS_SECRET_ACCESS_KEY: LAUNCHER,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    onText?.(said, () => void child.kill('SIGINT'))
  })
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>])
  return { code, stdout, stderr: said }
}

interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: unknown
}

/** What stands for the names of an account on the page, and the demo's. */
const NAMES: readonly (readonly [page: string, demo: string])[] = [
  ['my-bucket/sidestep/', 'penguins/penguins/'],
  ['arn:aws:s3:::my-bucket', 'arn:aws:s3:::penguins'],
  ['repository/steps/', 'repository/penguins/'],
  ['role/steps', 'role/penguins'],
  [':eu-west-1:', ':us-east-1:'],
]

/** The policies of the page, in their order: of the launcher, and of the role. */
async function policiesOfPage(): Promise<readonly (readonly Statement[])[]> {
  const fences = fencesOf(await readFile(PAGE, 'utf8')).filter(({ language }) => language === 'json')
  return fences
    .map(({ text: json }) => JSON.parse(json) as { readonly Statement?: readonly Statement[] })
    .flatMap(({ Statement: statements = [] }) => {
      const own = statements.filter((statement) => !('Principal' in statement))
      return own.length === 0 ? [] : [own]
    })
}

function actionsIn(statements: readonly Statement[]): readonly string[] {
  return [...new Set(statements.flatMap(({ Action }) => Action))].toSorted()
}

function seenBy(accessKeyId: string): readonly Right[] {
  return rightsOf(account.calls.filter((call) => call.accessKeyId === accessKeyId))
}

/** Of rights, those that no statement gives, with the page's names replaced by the demo's. */
function refused(rights: readonly Right[], statements: readonly Statement[]): readonly Right[] {
  return rights.filter(
    ({ action, resource }) =>
      !statements.some(
        ({ Action, Resource }) =>
          [Action].flat().includes(action) && [Resource].flat().some((pattern) => isOf(resource, inDemo(pattern))),
      ),
  )
}

function inDemo(pattern: string): string {
  return NAMES.reduce((text, [page, demo]) => text.replace(page, demo), pattern)
}

/** As IAM compares: `*` is anything. */
function isOf(resource: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`).test(resource)
}

test('the policies of the page are what a launcher and its jobs call, and no more', { timeout: 280_000 }, async () => {
  const first = await sidestep(['run', 'src/pipeline.ts', '--id', 'first'])
  expect(first.code, first.stderr).toBe(0)
  let asked = false
  const second = await sidestep(['run', 'src/pipeline.ts', '--id', 'second'], (said, kill) => {
    if (asked || !said.includes('[train] -- running')) return
    asked = true
    kill()
  })
  expect(second.code, second.stderr).toBe(130)
  for (const args of [['jobs', 'list', '--orphans'], ['runs', 'logs', 'second'], ['doctor']]) {
    const { code, stderr, stdout } = await sidestep(args)
    expect(code, `${args.join(' ')}\n${stdout}${stderr}`).toBe(0)
  }
  expect(new Set(account.calls.map((call) => call.accessKeyId))).toEqual(new Set(['owner', LAUNCHER, JOB]))

  const [launcher = [], job = []] = await policiesOfPage()
  const expected = (seen: readonly Right[], unseen: object) =>
    [...new Set([...seen.map(({ action }) => action), ...Object.keys(unseen)])].toSorted()
  const needed = { launcher: expected(seenBy(LAUNCHER), UNSEEN.launcher), job: expected(seenBy(JOB), UNSEEN.job) }
  expect({ launcher: actionsIn(launcher), job: actionsIn(job) }).toEqual(needed)
  expect(refused(seenBy(LAUNCHER), launcher)).toEqual([])
  expect(refused(seenBy(JOB), job)).toEqual([])
  const elsewhere = { action: 's3:PutObject', resource: 'arn:aws:s3:::penguins/other/object' }
  expect(refused([elsewhere], launcher)).toEqual([elsewhere])
})

test('the role is given away to SageMaker alone', async () => {
  const [launcher = []] = await policiesOfPage()
  const passes = launcher.filter(({ Action }) => [Action].flat().includes('iam:PassRole'))
  expect(passes).toEqual([
    expect.objectContaining({ Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } } }),
  ])
})

test('nothing that can be limited to a resource is allowed for all', async () => {
  // These take no resource at all: https://docs.aws.amazon.com/service-authorization/latest/reference/
  const boundless = ['cloudwatch:PutMetricData', 'ecr:GetAuthorizationToken', 'sagemaker:ListTrainingJobs']
  for (const statements of await policiesOfPage()) {
    const wide = statements.filter(({ Resource }) => [Resource].flat().includes('*'))
    expect(boundless).toEqual(expect.arrayContaining(wide.flatMap(({ Action }) => Action)))
    for (const { Action, Effect } of statements) {
      expect(Effect).toBe('Allow')
      expect([Action].flat().filter((action) => action.includes('*'))).toEqual([])
    }
  }
})
