import { commandStep, file, step, type DockerSettings, type StepSettings } from '@sidestep/core'

import { awsPlaces } from './aws.ts'
import { note } from './evidence.ts'
import { extraOf, flakyOf, joinedOf, numbersOf, sumOf, type MatrixInput } from './numbers.ts'
import { talk } from './talk.ts'

/** What every job is given: its numbers, and where it leaves evidence. */
export interface Job {
  readonly numbers: readonly number[]
  readonly folder: string
  readonly lines: number
}

const stepOperator = true
/** The matrix kills jobs too: the attempts that it makes fail must not be the step's last. */
const retry = { maxAttempts: 8, on: ['infra', 'oom', 'preempted', 'capacity', 'quota'] } as const
/** Whose the files of the driver's store are, where the operator cannot know. */
const user = process.env['MATRIX_USER']
const docker: DockerSettings = user === undefined ? {} : { user }
const settings: StepSettings = awsPlaces === undefined ? {} : { 'step_operator.sagemaker': awsPlaces.settings }

export const numbers = step({ name: 'numbers' }, ({ seed, folder, lines }: MatrixInput): Job => {
  note(folder, 'start', 'numbers')
  return { numbers: numbersOf(seed), folder, lines }
})

export const left = step({ name: 'left', stepOperator, docker, settings, retry }, async (job: Job, { signal }) =>
  talk('left', { ...job, signal }, () => sumOf('left', job.numbers)),
)

export const right = commandStep({
  name: 'right',
  stepOperator,
  docker,
  settings,
  retry,
  command: ['node', 'count.ts', '{inputs.job}', '{outputs.sum}'],
  files: ['count.ts', 'talk.ts', 'evidence.ts', 'numbers.ts'],
  inputs: { job: file<Job>() },
  outputs: { sum: file<number>('sum.json') },
})

export const joined = step(
  { name: 'joined', stepOperator, docker, settings, retry },
  async ({ job, ...sums }: { readonly job: Job; readonly left: number; readonly right: number }, { signal }) =>
    talk('joined', { ...job, signal }, () => joinedOf(sums.left, sums.right)),
)

export const extra = step({ name: 'extra', stepOperator, docker, settings, retry }, async (job: Job, { signal }) =>
  talk('extra', { ...job, signal }, () => extraOf(job.numbers)),
)

export const flaky = step(
  { name: 'flaky', stepOperator, docker, settings, retry: { maxAttempts: 8, on: ['step', 'infra'] } },
  async ({ job, failing }: { readonly job: Job; readonly failing: number }, { signal, attempt }) =>
    talk('flaky', { ...job, signal }, () => {
      if (attempt <= failing) throw new Error(`attempt ${attempt} was meant to fail`)
      return flakyOf(job.numbers)
    }),
)

export const breaks = step({ name: 'breaks', stepOperator, docker, settings }, async (job: Job, { signal, attempt }) =>
  talk('breaks', { ...job, signal }, () => {
    if (attempt === 1) throw new Error('it was meant to break')
  }),
)

export const slowRun = step(
  { name: 'slow-run', stepOperator, docker, settings, timeouts: { run: '1s' } },
  async (job: Job, { signal }) => talk('slow-run', { ...job, signal }, () => 0),
)

export const slowTotal = step(
  { name: 'slow-total', stepOperator, docker, settings, timeouts: { total: '2s' } },
  async (job: Job, { signal }) => talk('slow-total', { ...job, signal }, () => 0),
)

/** Its packages never arrive: the driver's registry does not send them. */
export const slowQueue = step(
  {
    name: 'slow-queue',
    stepOperator,
    timeouts: { queue: '3s' },
    docker: { ...docker, requirements: ['never-sent@1.0.0'] },
  },
  async (job: Job, { signal }) => talk('slow-queue', { ...job, signal }, () => 0),
)

export const total = step({ name: 'total' }, (parts: { readonly folder: string; readonly all: readonly number[] }) => {
  note(parts.folder, 'start', 'total')
  return parts.all.reduce((sum, part) => sum + part, 0)
})
