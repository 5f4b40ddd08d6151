import { AsyncLocalStorage } from 'node:async_hooks'

import { configError } from '../errors.ts'
import type { StepDefinition } from './definition.ts'

/** What a called step needs of the run that it is part of. */
export interface CurrentRun {
  /**
   * Resolves to an artifact, or to a record of artifacts for a command step. A failure that nobody awaits is no unhandled
   * rejection: the run ends with it.
   */
  callStep(definition: StepDefinition, input: unknown): Promise<unknown>
}

type Scope = { readonly run: CurrentRun } | { readonly insideStep: string }

const KEY = Symbol.for('sidestep.run@1')

function scopes(): AsyncLocalStorage<Scope> {
  const shared = globalThis as { [KEY]?: AsyncLocalStorage<Scope> }
  shared[KEY] ??= new AsyncLocalStorage<Scope>()
  return shared[KEY]
}

/** Runs a pipeline's function so that the steps it calls belong to `run`. */
export function withinRun<T>(run: CurrentRun, body: () => T): T {
  return scopes().run({ run }, body)
}

/** Runs a step's function so that steps it calls are refused. */
export function withinStep<T>(stepName: string, body: () => T): T {
  return scopes().run({ insideStep: stepName }, body)
}

/** The name of the step whose function this is called from, in this process. */
export function currentStepName(): string | undefined {
  const scope = scopes().getStore()
  return scope !== undefined && 'insideStep' in scope ? scope.insideStep : undefined
}

/** The run that a call of the step belongs to. Throws, with the remedy, where there is none. */
function currentRun(stepName: string): CurrentRun {
  const scope = scopes().getStore()
  if (scope === undefined) {
    throw configError(
      'STEP_OUTSIDE_RUN',
      `the step ${stepName} was called outside a pipeline`,
      'Call it in the function given to pipeline(), and start that with .run(input) or `sidestep run FILE`.',
    )
  }
  if ('insideStep' in scope) {
    throw configError(
      'STEP_OUTSIDE_RUN',
      `the step ${stepName} was called inside the step ${scope.insideStep}`,
      'A step calls no steps: call both in the pipeline, or share an ordinary function.',
    )
  }
  return scope.run
}

/** Calls a step of the current run. Gives the run's own promise; rejects, and never throws, where there is no run. */
export function callInRun(definition: StepDefinition, input: unknown): Promise<unknown> {
  try {
    return currentRun(definition.name).callStep(definition, input)
  } catch (error) {
    return Promise.reject(error as Error)
  }
}
