import type { Stack } from '@sidestep/core'

import { giveChecks } from '../give-checks.ts'
import type { Place } from '../place.ts'
import type { Check, TestFunction } from '../test-function.ts'
import type { ProviderStates } from './provider-states.ts'
import { subjectOf } from './subject-of.ts'
import type { StepOperatorSubject } from './subject.ts'
import { checks } from './topics.ts'
import { withHome } from './with-home.ts'

/** What the suite needs to know. */
export interface StepOperatorConformanceOptions {
  /** `test` of the runner. */
  readonly test: TestFunction
  /**
   * A stack with the operator under test as its only one, or its default. Called several times in a check, as by several
   * processes: each call makes new components, which find what earlier ones left in the place.
   */
  readonly create: (place: Place) => Stack | Promise<Stack>
  /** Of operators whose provider has states. Absent: there are none. */
  readonly states?: ProviderStates
  /**
   * For providers that need minutes for what a process of this machine needs seconds for: all limits of time are multiplied
   * by it. At least 1. Default: 1.
   */
  readonly timeoutFactor?: number
}

/** In milliseconds, of a check that says nothing else. */
const DEFAULT_TIMEOUT_MS = 60_000
/** How much of a check's time its runs may take: the rest is for saying what they waited for. */
const FOR_RUNS = 0.85
/** What the other runs of a check that has failed may take to end, in milliseconds. */
const LONGEST_STOP_MS = 15_000

/**
 * Gives the runner one test for everything that must hold of a step operator: what it declares must work, what it does not
 * declare must be refused. There is nothing to skip. While a check runs, `SIDESTEP_HOME` is the folder of its place.
 */
export function stepOperatorConformance({ test, ...options }: StepOperatorConformanceOptions): void {
  const { timeoutFactor = 1 } = options
  giveChecks({
    test,
    name: 'step operator',
    checks: checks.map((check) => prepared(check, timeoutFactor)),
    subjectOf: (place) => subjectOf(place, options),
  })
}

/** The check in a home of its own, with a limit for its runs. */
function prepared(check: Check<StepOperatorSubject>, timeoutFactor: number): Check<StepOperatorSubject> {
  const timeoutMs = (check.timeoutMs ?? DEFAULT_TIMEOUT_MS) * timeoutFactor
  return {
    ...check,
    timeoutMs,
    run: async (subject) => {
      const end = Date.now() + timeoutMs
      const until = end - timeoutMs * (1 - FOR_RUNS)
      await withHome(subject.place.folder, async () => {
        try {
          await check.run({ ...subject, until })
        } catch (error) {
          // Before their store is removed. The finding must still be told in time.
          await subject.runs.stop(Math.max(0, Math.min(LONGEST_STOP_MS * timeoutFactor, (end - Date.now()) * 0.8)))
          throw error
        }
      })
    },
  }
}
