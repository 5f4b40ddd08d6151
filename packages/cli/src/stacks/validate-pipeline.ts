import { planPipeline, type Pipeline } from '@sidestep/core'
import { registeredSteps, SidestepError, StackValidator, type Project, type Stack } from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { choosePipeline } from '../run/choose-pipeline.ts'
import { loadPipelineFile } from '../run/load-pipeline-file.ts'
import { findPipelineFile } from '../run/pipeline-file.ts'
import { chosenStack, type ChosenStack } from '../run/stack-for.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import type { FoundProblem } from '../view/stacks-validation.ts'

/** A pipeline that is loaded, and the stack that a run of it would have. */
export interface PipelineWithStack {
  readonly pipeline: Pipeline<unknown, unknown>
  /** URL of its file. */
  readonly module: string
  readonly chosen: ChosenStack
}

/** Loads a pipeline's file, and finds the stack: the one that is named, else what a run would take. */
export async function loadPipelineWithStack(
  named: string,
  { name, project, answer }: { readonly name: string | undefined; readonly project: Project; readonly answer: Answer },
): Promise<PipelineWithStack> {
  const cwd = process.cwd()
  const file = await loadPipelineFile(findPipelineFile(named, cwd), { cwd })
  const pipeline = choosePipeline(file.exports, file.shown)
  const note = (line: string): void => answer.note([sanitizeLine(line)])
  const wanted = { option: name, source: 'argument', environment: process.env, note, project } as const
  const chosen = (await chosenStack(file, wanted)) ?? { name: (await project.activeStack()).name }
  return { pipeline, module: file.url, chosen }
}

export interface CheckStepsOptions extends Omit<PipelineWithStack, 'chosen'> {
  readonly project: Project
  /** Whether nothing is wrong with the stack itself: else no request can be made for it. */
  readonly isRight: boolean
}

/**
 * Checks every step that has an operator. On a stack that is right, as a plan does, and so a run: up to the request of
 * its job.
 */
export async function checkPipelineSteps(
  stack: Stack,
  { pipeline, module, project, isRight }: CheckStepsOptions,
): Promise<{ readonly steps: readonly string[]; readonly problems: readonly FoundProblem[] }> {
  const knownFlavors = (await project.registry()).list('step_operator').map(({ flavor }) => flavor)
  const shared = sharedNames(registeredSteps().map(({ name }) => name))
  if (!isRight || shared.length > 0) {
    const { steps, problems } = await withoutRequests(stack, knownFlavors)
    return { steps, problems: [...shared, ...problems] }
  }
  try {
    const packagesFrom = [import.meta.url]
    const { steps } = await planPipeline(pipeline, { module, stack, knownFlavors, packagesFrom })
    return {
      steps: steps.map(({ stepName }) => stepName),
      problems: steps.flatMap(({ stepName, problem }) =>
        problem === undefined ? [] : [{ message: problem.message, hint: problem.hint ?? '', step: stepName }],
      ),
    }
  } catch (error) {
    // What no job could be given: code that cannot be bundled.
    if (!SidestepError.isInstance(error) || error.kind !== 'config') throw error
    return { steps: [], problems: [{ message: error.message, hint: error.hint ?? '' }] }
  }
}

/** What the steps ask of the operators that can be loaded. */
async function withoutRequests(
  stack: Stack,
  knownFlavors: readonly string[],
): Promise<{ readonly steps: readonly string[]; readonly problems: readonly FoundProblem[] }> {
  const validator = new StackValidator(stack, { knownFlavors })
  const definitions = registeredSteps().filter(({ config }) => config.stepOperator !== undefined)
  const problems: FoundProblem[] = []
  for (const definition of definitions) {
    const found = await validator.validateStep(definition)
    problems.push(...found.map((problem) => ({ ...problem, step: definition.name })))
  }
  return { steps: [...new Set(definitions.map(({ name }) => name))], problems }
}

/** A job finds its step by name. */
function sharedNames(names: readonly string[]): FoundProblem[] {
  const shared = new Set(names.filter((name, index) => names.indexOf(name) < index))
  return [...shared].map((name) => ({
    message: `two steps are named ${name}`,
    hint: 'Names of steps are unique, because a job finds its step by name.',
    step: name,
  }))
}
