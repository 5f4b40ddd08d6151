import { expect } from 'vitest'

import type { ArtifactStore } from '../../src/artifact/artifact-store.ts'
import type { AttemptKey } from '../../src/artifact/layout.ts'
import type { LaunchJournal } from '../../src/journal/attempt-record.ts'
import type { StepRunLaunch } from '../../src/launch/step-run-launch.ts'
import type { BaseStepOperator } from '../../src/operator/base-step-operator.ts'
import {
  DEFAULT_CANCEL,
  type CancelPolicies,
  type ResolvedTimeouts,
  type RetryPolicy,
} from '../../src/step/policies.ts'
import type { FakeClock } from './fake-clock.ts'
import { StoreJournal } from './store-journal.ts'

export interface StepLaunchChanges {
  readonly retry?: RetryPolicy
  readonly timeouts?: ResolvedTimeouts
  readonly cancel?: Partial<CancelPolicies>
  readonly signal?: AbortSignal
  readonly journal?: LaunchJournal
  readonly firstAttempt?: number
  readonly bundleSha256?: string
}

/** The launch of the step run `train-1` of the run `r`, with one attempt and an observer that does not listen. */
export function stepLaunch(
  operator: BaseStepOperator<any, any>,
  { store, clock, ...changes }: StepLaunchChanges & { readonly store: ArtifactStore; readonly clock: FakeClock },
): StepRunLaunch {
  const { bundleSha256 = 'b' } = changes
  return {
    operator,
    info: {
      stepRunId: 'train-1',
      runId: 'r',
      runName: 'p',
      stepName: 'train',
      pipeline: { name: 'p', dockerSettings: {} },
      config: {
        resourceSettings: {},
        dockerSettings: {},
        timeouts: changes.timeouts ?? {},
        retry: changes.retry ?? { maxAttempts: 1, on: [] },
        cancel: { ...DEFAULT_CANCEL, ...changes.cancel },
        settings: {},
      },
      bundle: { path: '/bundle.mjs', uri: 'memory://bundle', sha256: bundleSha256, requirements: [] },
      projectFolder: '/project',
    },
    spec: {
      version: 1,
      runId: 'r',
      stepRunId: 'train-1',
      pipeline: 'p',
      stepName: 'train',
      operator: 'here',
      bundleSha256,
      body: { kind: 'function' },
      environment: {},
    },
    salt: 's',
    secrets: {},
    store,
    journal: changes.journal ?? new StoreJournal(store),
    firstAttempt: changes.firstAttempt ?? 1,
    home: '/home',
    signal: changes.signal ?? new AbortController().signal,
    observer: { started: () => undefined, report: () => undefined, ended: async () => undefined },
    clock,
    random: () => 0,
  }
}

export function attempt(n: number): AttemptKey {
  return { runId: 'r', stepRunId: 'train-1', attempt: n }
}

/** What has become of a promise so far. */
export function outcomeOf<T>(promise: Promise<T>): { value?: T; error?: unknown; done: boolean } {
  const outcome: { value?: T; error?: unknown; done: boolean } = { done: false }
  promise.then(
    (value) => Object.assign(outcome, { value, done: true }),
    (error: unknown) => Object.assign(outcome, { error, done: true }),
  )
  return outcome
}

/** Lets time go on until the condition holds. */
export async function advanceUntil(clock: FakeClock, condition: () => boolean, stepMs: number = 100): Promise<void> {
  for (let n = 0; n < 1_000 && !condition(); n += 1) {
    await clock.advance(stepMs)
  }
  expect(condition()).toBe(true)
}
