import {
  configError,
  nearestName,
  quoted,
  registeredSteps,
  StackValidator,
  type Project,
  type Stack,
} from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { choosePipeline } from '../run/choose-pipeline.ts'
import { exportedStacks } from '../run/choose-stack.ts'
import { loadPipelineFile, type PipelineFile } from '../run/load-pipeline-file.ts'
import { findPipelineFile } from '../run/pipeline-file.ts'
import { stackFor } from '../run/stack-for.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import type { FoundProblem } from '../view/stacks-validation.ts'

/** A stack, and whether the pipeline's file exports it. */
export interface StackOfPipeline {
  readonly stack: Stack
  readonly isExported: boolean
}

/** Loads a pipeline's file, and the stack that a run of it would have. */
export async function loadPipelineWithStack(
  named: string,
  { name, project, answer }: { readonly name: string | undefined; readonly project: Project; readonly answer: Answer },
): Promise<StackOfPipeline> {
  const cwd = process.cwd()
  const file = await loadPipelineFile(findPipelineFile(named, cwd), { cwd })
  // What cannot be run is no pipeline to validate a stack for.
  choosePipeline(file.exports, file.shown)
  const exported = exportedStacks(file.exports, file.shown)
  const stack =
    name === undefined
      ? await unnamedStack(file, { project, answer })
      : await stackNamed(name, { exported, file, project })
  return { stack, isExported: [...exported.values()].includes(stack) }
}

/** What a run would take that names no stack. */
async function unnamedStack(
  file: PipelineFile,
  { project, answer }: { readonly project: Project; readonly answer: Answer },
): Promise<Stack> {
  const note = (line: string): void => answer.note([sanitizeLine(line)])
  const { stack } = await stackFor(file, { option: undefined, environment: process.env, note, project })
  return stack ?? project.stack((await project.activeStack()).name)
}

async function stackNamed(
  name: string,
  there: { readonly exported: ReadonlyMap<string, Stack>; readonly file: PipelineFile; readonly project: Project },
): Promise<Stack> {
  const { exported, file, project } = there
  const names = [...new Set([...exported.keys(), ...(await project.stackNames())])]
  if (names.includes(name)) return exported.get(name) ?? project.stack(name)
  const near = nearestName(name, names)
  throw configError(
    'STACK_UNKNOWN',
    `neither ${file.shown} nor the project has a stack ${quoted(name)}`,
    `${near === undefined ? '' : `Did you mean ${near}? `}There is: ${names.join(', ')}.`,
  )
}

/** Checks every step that the loaded modules define and that has an operator. */
export async function checkPipelineSteps(
  stack: Stack,
  project: Project,
): Promise<{ readonly steps: readonly string[]; readonly problems: readonly FoundProblem[] }> {
  const known = (await project.registry()).list('step_operator')
  const validator = new StackValidator(stack, { knownFlavors: known.map(({ flavor }) => flavor) })
  const definitions = registeredSteps().filter(({ config }) => config.stepOperator !== undefined)
  const problems: FoundProblem[] = sharedNames(registeredSteps().map(({ name: step }) => step))
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
