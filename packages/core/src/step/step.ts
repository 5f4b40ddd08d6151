import type { Artifact } from '../artifact/artifact.ts'
import { fileThatCalled } from '../call-site.ts'
import { callInRun } from './current-run.ts'
import type { FunctionStepDefinition } from './definition.ts'
import { registerStep } from './registry.ts'
import type { StepConfig } from './step-config.ts'
import type { StepContext } from './step-context.ts'

type Opaque =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | RegExp
  | Map<unknown, unknown>
  | Set<unknown>
  | ArrayBufferView
  | ArrayBuffer
  | ReadableStream<unknown>
  | ((...input: never[]) => unknown)

/** What may be given for a `T`: the value, a reference, or a structure with references inside (fan-in). */
export type In<T> =
  | Artifact<T>
  | (T extends Opaque ? T : T extends Artifact<unknown> ? T : { [K in keyof T]: In<T[K]> })

/** One input: several values are one object. A second parameter would lose its arity at run time. */
export type Step<I, R> = ((
  ...input: undefined extends I ? [input?: In<I>] : [input: In<I>]
) => Promise<Artifact<Awaited<R>>>) & { readonly stepName: string }

/**
 * Defines a step: a typed function that can run in a job of its own. Called in a pipeline it returns a reference to
 * the stored result; `await artifact.value()` reads it.
 *
 * In a job the module that defines the step is evaluated afresh: only the input, the configured environment and
 * secrets travel, not the variables around the function.
 *
 * A call rejects with a `STEP_OUTSIDE_RUN` error outside of a pipeline and inside of a step, with a `config` error where
 * the configuration is wrong, and with a `SidestepError` of the failure's kind where the step fails; what the function
 * threw is its `cause`.
 */
export function step<R>(
  config: StepConfig<undefined>,
  run: (input: undefined, context: StepContext) => R,
): Step<undefined, R>
export function step<I, R>(config: StepConfig<I>, run: (input: I, context: StepContext) => R): Step<I, R>
export function step<I, R>(config: StepConfig<I>, run: (input: I, context: StepContext) => R): Step<I, R> {
  const definition: FunctionStepDefinition = {
    kind: 'function',
    name: config.name,
    config,
    file: fileThatCalled(step),
    run: run as FunctionStepDefinition['run'],
  }
  registerStep(definition)
  const call = (input?: unknown): Promise<unknown> => callInRun(definition, input)
  Object.defineProperty(call, 'name', { value: definition.name })
  return Object.assign(call, { stepName: definition.name }) as unknown as Step<I, R>
}
