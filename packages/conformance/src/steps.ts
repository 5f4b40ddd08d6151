// What the jobs of the suites run: a module of its own, because a job evaluates the module that defines its step.
import { pipeline, type Artifact, type Folder, type Pipeline } from '@sidestep/core'

import * as budgets from './steps/budgets.ts'
import * as demands from './steps/demands.ts'
import * as failures from './steps/failures.ts'
import * as jobs from './steps/jobs.ts'
import { prints } from './steps/logs.ts'
import { diesOnce, diesOncePlainly } from './steps/restarts.ts'
import { digest, double, lines, produce, reverse, sum } from './steps/results.ts'
import { echo, environment, longEnvironment } from './steps/results.ts'
import { throwsSecrets, usesSecrets } from './steps/secrets.ts'
import { listens, listensAsked, listensDetached, printsOutside } from './steps/stops.ts'

/** One call of a step of this module. */
export interface Call {
  /** As `step()` was given it. */
  readonly step: string
  /** Absent: nothing. */
  readonly input?: unknown
}

type AnyStep = ((input?: any) => Promise<Artifact<unknown>>) & { readonly stepName: string }

// Files in which everything that is exported is a step are listed as a whole.
const ALL: readonly AnyStep[] = [
  double,
  echo,
  environment,
  longEnvironment,
  ...Object.values(failures),
  ...Object.values(jobs),
  ...Object.values(budgets),
  demands.asksForNothing,
  ...Object.values(demands.ASKS_FOR_LITTLE),
  ...Object.values(demands.ASKS_FOR_MUCH),
  demands.hasSettings,
  diesOnce,
  diesOncePlainly,
  listens,
  listensAsked,
  listensDetached,
  prints,
  printsOutside,
  throwsSecrets,
  usesSecrets,
]

const STEPS: ReadonlyMap<string, AnyStep> = new Map(ALL.map((each) => [each.stepName, each]))
const module = import.meta.url

/**
 * Calls steps side by side, each to its own end, and returns what they returned: `undefined` for one that failed, of which
 * the events of the run tell.
 */
export const calls: Pipeline<readonly Call[], readonly unknown[]> = pipeline(
  'conformance',
  async (wanted: readonly Call[]) => {
    const chosen = wanted.map(({ step, input }) => ({ called: stepNamed(step), input }))
    const ends = await Promise.allSettled(chosen.map(({ called, input }) => called(input)))
    return ends.map((end) => (end.status === 'fulfilled' ? end.value : undefined))
  },
  { module },
)

/** What {@link hands} is given. */
export interface Hands {
  /** In bytes. */
  readonly size: number
  readonly values: readonly number[]
  /** Number of lines. */
  readonly lines: number
}

/** What {@link hands} returns, as whoever awaits it gets it. */
export interface Handed {
  /** Of bytes that another step made. */
  readonly digest: string
  /** Of the doubles of the values. */
  readonly total: number
  /** The lines, last one first. */
  readonly reversed: Uint8Array
  readonly about: Folder
}

type References<T> = { readonly [K in keyof T]: Artifact<T[K]> }

/** What steps hand to each other by reference: big bytes, a list of results, a file through a command. */
export const hands: Pipeline<Hands, References<Handed>> = pipeline(
  'conformance-hands',
  async ({ size, values, lines: count }: Hands) => {
    const [bytes, doubles, text] = await Promise.all([
      produce(size),
      Promise.all(values.map((value) => double(value))),
      lines(count),
    ])
    const [hash, total, left] = await Promise.all([digest(bytes), sum(doubles), reverse({ lines: text })])
    return { digest: hash, total, ...left }
  },
  { module },
)

function stepNamed(name: string): AnyStep {
  const found = STEPS.get(name)
  if (found === undefined) throw new Error(`steps.ts does not list the step ${name}`)
  return found
}
