// What the jobs of the suites run: a module of its own, because a job evaluates the module that defines its step.
import { pipeline, step, type Pipeline } from '@sidestep/core'

// The operator is the stack's only one, or its default.
const double = step({ name: 'double', stepOperator: true }, async (value: number): Promise<number> => value * 2)

/** Returns twice its input. */
export const doubles: Pipeline<number, unknown> = pipeline('doubles', async (value: number) => double(value), {
  module: import.meta.url,
})
